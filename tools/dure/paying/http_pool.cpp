#include "tools/dure/paying/http_pool.h"

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cctype>
#include <map>
#include <vector>

namespace dure::tools {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t k_piece_bytes = 16 * 1024;
constexpr std::size_t k_max_idle_connections = 16;  // to one host
constexpr std::size_t k_max_answer_bytes = std::size_t{64} << 20;
constexpr std::chrono::milliseconds k_connect_patience{5'000};

}  // namespace

struct HttpPool::Connection {
    explicit Connection(asio::io_context& io) : stream(io) {}
    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    bool used = false;  ///< has answered before
};

struct HttpPool::Core {
    explicit Core(asio::io_context& context) : io(context) {}
    asio::io_context& io;
    std::map<std::string, std::vector<std::unique_ptr<Connection>>> idle;

    std::unique_ptr<Connection> take(const std::string& host) {
        std::vector<std::unique_ptr<Connection>>& kept = idle[host];
        if (kept.empty()) return nullptr;
        std::unique_ptr<Connection> last = std::move(kept.back());
        kept.pop_back();
        return last;
    }
    void keep(const std::string& host, std::unique_ptr<Connection> connection) {
        connection->stream.expires_never();
        connection->used = true;
        std::vector<std::unique_ptr<Connection>>& kept = idle[host];
        if (kept.size() < k_max_idle_connections) kept.push_back(std::move(connection));
    }
};

struct HttpExchange::State {
    std::shared_ptr<HttpPool::Core> core;
    std::string host;
    std::unique_ptr<HttpPool::Connection> connection;
    http::response_parser<http::buffer_body> parser;
    std::chrono::milliseconds patience{};
    std::size_t received = 0;
};

HttpExchange::HttpExchange(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpExchange::~HttpExchange() = default;

namespace {

Error broken(const std::string& what, const std::string& host, const error_code& failure,
             std::chrono::milliseconds patience) {
    return {ErrorCode::unavailable, "cannot " + what + " http://" + host + ": " +
                                        (failure == beast::error::timeout
                                             ? "nothing within " + std::to_string(patience.count()) + " ms"
                                             : failure.message())};
}

}  // namespace

asio::awaitable<Result<std::optional<std::string>>> HttpExchange::next() {
    State& s = *state_;
    if (!s.connection) co_return std::nullopt;
    std::array<char, k_piece_bytes> part{};
    while (!s.parser.is_done()) {
        s.parser.get().body().data = part.data();
        s.parser.get().body().size = part.size();
        s.connection->stream.expires_after(s.patience);
        error_code failure;
        co_await http::async_read_some(s.connection->stream, s.connection->buffer, s.parser,
                                       asio::redirect_error(asio::use_awaitable, failure));
        const std::size_t count = part.size() - s.parser.get().body().size;
        if (failure && failure != http::error::need_buffer) {
            s.connection.reset();
            co_return broken("read the answer of", s.host, failure, s.patience);
        }
        s.received += count;
        if (s.received > k_max_answer_bytes) {
            s.connection.reset();
            co_return Error{ErrorCode::out_of_range, "the answer of http://" + s.host + " is too long"};
        }
        if (count > 0) co_return std::string(part.data(), count);
    }
    if (s.parser.keep_alive())
        s.core->keep(s.host, std::move(s.connection));
    else
        s.connection.reset();
    co_return std::nullopt;
}

asio::awaitable<Result<HttpResponse>> HttpExchange::whole() {
    HttpResponse response = head_;
    while (true) {
        Result<std::optional<std::string>> part = co_await next();
        if (!part) co_return part.error();
        if (!*part) break;
        response.body += **part;
    }
    co_return response;
}

HttpPool::HttpPool(asio::io_context& io) : core_(std::make_shared<Core>(io)) {}
HttpPool::~HttpPool() = default;

asio::awaitable<Result<std::unique_ptr<HttpExchange>>> HttpPool::begin(Url url, HttpAsk ask) {
    const std::shared_ptr<Core> core = core_;
    const std::string host =
        (url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]") + ":" + url.port;
    http::request<http::string_body> request(ask.method, url.path + ask.target, 11);
    request.set(http::field::host, host);
    request.set(http::field::user_agent, "dure/0.1");
    request.set(http::field::accept, "application/json, text/event-stream");
    for (const auto& [name, value] : ask.headers)
        request.set(name, value);
    request.body() = std::move(ask.body);
    request.prepare_payload();
    for (bool fresh = false;; fresh = true) {
        auto state = std::unique_ptr<HttpExchange::State>(
            new HttpExchange::State{core, host, fresh ? nullptr : core->take(host), {}, ask.patience, 0});
        error_code failure;
        if (!state->connection) {
            fresh = true;
            state->connection = std::make_unique<Connection>(core->io);
            tcp::resolver resolver(core->io);
            const auto found = co_await resolver.async_resolve(
                url.host, url.port, asio::redirect_error(asio::use_awaitable, failure));
            if (failure) co_return broken("find", host, failure, k_connect_patience);
            state->connection->stream.expires_after(k_connect_patience);
            co_await state->connection->stream.async_connect(
                found, asio::redirect_error(asio::use_awaitable, failure));
            if (failure) co_return broken("reach", host, failure, k_connect_patience);
            error_code ignored;
            state->connection->stream.socket().set_option(tcp::no_delay(true), ignored);
        }
        beast::tcp_stream& stream = state->connection->stream;
        stream.expires_after(ask.patience);
        co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, failure));
        if (!failure) {
            if (ask.on_sent) ask.on_sent();
            state->parser.body_limit(k_max_answer_bytes);
            stream.expires_after(ask.patience);
            co_await http::async_read_header(stream, state->connection->buffer, state->parser,
                                             asio::redirect_error(asio::use_awaitable, failure));
        }
        if (failure) {
            // Closed meanwhile by the other side, which then has not read the request.
            const bool stale = !fresh && failure != beast::error::timeout && !state->parser.got_some();
            if (stale) continue;
            co_return broken("get an answer of", host, failure, ask.patience);
        }
        auto exchange = std::unique_ptr<HttpExchange>(new HttpExchange(std::move(state)));
        const auto& head = exchange->state_->parser.get();
        exchange->head_.status = head.result_int();
        for (const auto& field : head) {
            std::string name(field.name_string());
            for (char& letter : name)
                letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
            exchange->head_.headers.emplace_back(std::move(name), std::string(field.value()));
        }
        co_return exchange;
    }
}

asio::awaitable<Result<HttpResponse>> HttpPool::request(Url url, HttpAsk ask) {
    auto begun = begin(std::move(url), std::move(ask));
    Result<std::unique_ptr<HttpExchange>> exchange = co_await std::move(begun);
    if (!exchange) co_return exchange.error();
    co_return co_await (*exchange)->whole();
}

}  // namespace dure::tools
