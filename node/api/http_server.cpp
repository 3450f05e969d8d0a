#include "node/api/http_server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/version.hpp>
#include <charconv>
#include <set>

namespace dure::node {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

/// The host of "name:port" or "[v6]:port", lower case.
std::string host_of(std::string_view authority) {
    std::string_view host = authority;
    if (!host.empty() && host.front() == '[') {
        const std::size_t end = host.find(']');
        host = end == std::string_view::npos ? std::string_view() : host.substr(1, end - 1);
    } else {
        host = host.substr(0, host.find(':'));
    }
    std::string lower(host);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

bool names_loopback(std::string_view authority) {
    const std::string host = host_of(authority);
    if (host == "localhost") return true;
    error_code failure;
    const auto address = asio::ip::make_address(host, failure);
    return !failure && address.is_loopback();
}

std::string text_of(beast::string_view view) {
    return std::string(view.data(), view.size());
}

}  // namespace

Result<tcp::endpoint> parse_listen_address(const std::string& text) {
    const Error wrong{
        ErrorCode::malformed,
        "'" + text + "' is not an address and port; write it like 127.0.0.1:8080 or [::1]:8080"};
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) return wrong;
    std::string host = text.substr(0, colon);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (host == "localhost") host = "127.0.0.1";
    std::uint16_t port = 0;
    const char* const first = text.data() + colon + 1;
    const char* const last = text.data() + text.size();
    const auto [end, failure] = std::from_chars(first, last, port);
    if (failure != std::errc() || end != last) return wrong;
    error_code bad_host;
    const auto address = asio::ip::make_address(host, bad_host);
    if (bad_host) return wrong;
    return tcp::endpoint(address, port);
}

class HttpServer::Core : public std::enable_shared_from_this<Core> {
  public:
    Core(asio::io_context& io, HttpServerConfig config, Router router)
        : io_(io), config_(std::move(config)), router_(std::move(router)), acceptor_(io) {}

    Status start() {
        DURE_TRY(const tcp::endpoint address, parse_listen_address(config_.listen));
        loopback_ = address.address().is_loopback();
        error_code failure;
        acceptor_.open(address.protocol(), failure);
        if (!failure) acceptor_.set_option(tcp::acceptor::reuse_address(true), failure);
        if (!failure) acceptor_.bind(address, failure);
        if (!failure) acceptor_.listen(asio::socket_base::max_listen_connections, failure);
        if (failure) {
            return Error{ErrorCode::io, "cannot listen for the API on " + config_.listen + ": " +
                                            failure.message() + "; choose another address with api_listen"};
        }
        const tcp::endpoint bound = acceptor_.local_endpoint();
        endpoint_ = (bound.address().is_v6() ? "[" + bound.address().to_string() + "]"
                                             : bound.address().to_string()) +
                    ":" + std::to_string(bound.port());
        // The server may be gone before these begin: what runs them holds it.
        asio::co_spawn(
            io_, [self = shared_from_this()] { return self->accept(); }, asio::detached);
        return {};
    }

    void stop() {
        stopped_ = true;
        error_code ignored;
        acceptor_.close(ignored);
        for (beast::tcp_stream* const stream : open_)
            stream->socket().close(ignored);
    }

    const std::string& endpoint() const { return endpoint_; }
    const Router& router() const { return router_; }
    HttpCounters counters() const {
        HttpCounters now = counters_;
        now.open = open_.size();
        return now;
    }

  private:
    asio::awaitable<void> accept() {
        while (!stopped_) {
            error_code failure;
            tcp::socket socket =
                co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, failure));
            if (stopped_) co_return;
            if (failure) {
                // Out of descriptors, most likely: let some close first.
                asio::steady_timer pause(io_, std::chrono::milliseconds(100));
                co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, failure));
                continue;
            }
            if (open_.size() >= config_.max_connections) continue;
            ++counters_.connections;
            auto serving = [self = shared_from_this(), taken = std::move(socket)]() mutable {
                return self->serve(std::move(taken));
            };
            asio::co_spawn(io_, std::move(serving), asio::detached);
        }
    }

    asio::awaitable<void> serve(tcp::socket socket) {
        error_code failure;
        socket.set_option(tcp::no_delay(true), failure);
        beast::tcp_stream stream(std::move(socket));
        open_.insert(&stream);
        beast::flat_buffer buffer;
        bool more = true;
        while (more && !stopped_) {
            more = co_await serve_one(stream, buffer);
        }
        open_.erase(&stream);
        stream.socket().shutdown(tcp::socket::shutdown_send, failure);
    }

    /// One request and its answer; false when the connection is to be closed.
    asio::awaitable<bool> serve_one(beast::tcp_stream& stream, beast::flat_buffer& buffer) {
        error_code failure;
        if (buffer.size() == 0) {
            // Idle until the next request begins; then it has read_timeout to arrive.
            stream.expires_after(config_.idle_timeout);
            const std::size_t count = co_await stream.async_read_some(
                buffer.prepare(4096), asio::redirect_error(asio::use_awaitable, failure));
            if (failure) co_return false;
            buffer.commit(count);
        }
        http::request_parser<http::string_body> parser;
        parser.header_limit(k_max_http_header_bytes);
        parser.body_limit(boost::none);  // the route decides, below
        stream.expires_after(config_.read_timeout);
        // Most headers come in one piece: what is here is parsed at once, without another turn of the io thread.
        buffer.consume(parser.put(buffer.data(), failure));
        if (failure == http::error::need_more) failure = {};
        if (!failure && !parser.is_header_done()) {
            co_await http::async_read_header(stream, buffer, parser,
                                             asio::redirect_error(asio::use_awaitable, failure));
        }
        if (failure) {
            const HttpResponse refusal = refusal_of(failure, 0);
            if (refusal.status != 0) co_await write(stream, refusal, 11, false, false);
            co_return false;
        }
        ++counters_.requests;

        HttpRequest request;
        Router::Match match = admit(parser.get(), request);
        const std::string origin = named_origin(parser.get());
        if (parser.get().method() == http::verb::options && !origin.empty()) match = preflight();
        allow(origin, match.refusal);
        const bool head = parser.get().method() == http::verb::head;
        const unsigned version = parser.get().version();
        if (match.route == nullptr) {
            // The body, if any, is not read: the connection cannot go on after it.
            const bool bodiless = !parser.get().has_content_length() && !parser.chunked();
            const bool go_on = bodiless && parser.keep_alive();
            const bool written = co_await write(stream, match.refusal, version, go_on, head);
            co_return written&& go_on;
        }
        parser.body_limit(std::uint64_t{match.route->max_body_bytes});
        if (const auto announced = parser.content_length();
            announced && *announced > match.route->max_body_bytes) {
            co_await write(stream, refusal_of(http::error::body_limit, match.route->max_body_bytes), version,
                           false, head);
            co_return false;
        }
        if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
            http::response<http::empty_body> go{http::status::continue_, version};
            co_await http::async_write(stream, go, asio::redirect_error(asio::use_awaitable, failure));
            if (failure) co_return false;
        }
        if (!parser.is_done())
            co_await http::async_read(stream, buffer, parser,
                                      asio::redirect_error(asio::use_awaitable, failure));
        if (failure) {
            const HttpResponse refusal = refusal_of(failure, match.route->max_body_bytes);
            if (refusal.status != 0) co_await write(stream, refusal, version, false, head);
            co_return false;
        }
        const bool keep_alive = parser.keep_alive();
        request.body = std::move(parser.get().body());
        stream.expires_never();
        HttpResponse response = co_await answer(*match.route, std::move(request));
        allow(origin, response);
        const bool written =
            response.source && !head
                ? co_await write_parts(stream, response, version, keep_alive && version >= 11)
                : co_await write(stream, response, version, keep_alive, head);
        if (response.source && version < 11) co_return false;
        co_return written&& keep_alive;
    }

    asio::awaitable<HttpResponse> answer(const Route& route, HttpRequest request) {
        try {
            co_return co_await route.handler(std::move(request));
        } catch (const std::exception& failure) {
            co_return respond(
                Error{ErrorCode::internal,
                      std::string("this request met a mistake in the program: ") + failure.what()});
        }
    }

    /// Fills the request from the header, and finds its route or says why it is refused.
    Router::Match admit(const http::request<http::string_body>& header, HttpRequest& request) const {
        if (loopback_ &&
            !names_loopback({header[http::field::host].data(), header[http::field::host].size()})) {
            return {
                nullptr,
                respond(Problem{
                    403,
                    "wrong_host",
                    "Wrong host",
                    "this address is for programs on this machine: name it 127.0.0.1 or localhost, not '" +
                        text_of(header[http::field::host]) + "'",
                    {}})};
        }
        if (const auto origin = header.find(http::field::origin);
            origin != header.end() &&
            !same_origin(text_of(origin->value()), text_of(header[http::field::host])) &&
            named_origin(header).empty()) {
            return {nullptr,
                    respond(Problem{403,
                                    "foreign_origin",
                                    "Foreign origin",
                                    "a web page of " + text_of(origin->value()) + " may not call this node",
                                    {}})};
        }
        Result<Target> target = parse_target({header.target().data(), header.target().size()});
        if (!target) return {nullptr, respond(target.error())};
        request.method = header.method() == http::verb::head ? "GET" : text_of(header.method_string());
        request.path = std::move(target->path);
        request.query = std::move(target->query);
        request.authorization = text_of(header[http::field::authorization]);
        request.content_type = text_of(header[http::field::content_type]);
        request.accept_encoding = text_of(header[http::field::accept_encoding]);
        request.if_none_match = text_of(header[http::field::if_none_match]);
        request.last_event_id = text_of(header["Last-Event-ID"]);
        return router_.match(request);
    }

    /// The request's origin, if it is one of those that may call from elsewhere.
    std::string named_origin(const http::request<http::string_body>& header) const {
        const std::string origin = text_of(header[http::field::origin]);
        const bool named =
            std::find(config_.origins.begin(), config_.origins.end(), origin) != config_.origins.end();
        return named ? origin : std::string();
    }

    /// What a browser asks before it lets a page of another origin call (Fetch standard, CORS).
    static Router::Match preflight() {
        HttpResponse response;
        response.status = 204;
        response.headers = {{"Access-Control-Allow-Methods", "GET, POST"},
                            {"Access-Control-Allow-Headers", "content-type, authorization"},
                            {"Access-Control-Allow-Private-Network", "true"},
                            {"Access-Control-Max-Age", "600"}};
        return {nullptr, std::move(response)};
    }

    static void allow(const std::string& origin, HttpResponse& response) {
        if (origin.empty()) return;
        response.headers.emplace_back("Access-Control-Allow-Origin", origin);
        response.headers.emplace_back("Access-Control-Expose-Headers",
                                      "Payment-Receipt, Dure-Server, Retry-After");
        response.headers.emplace_back("Vary", "Origin");
    }

    static bool same_origin(const std::string& origin, const std::string& host) {
        const std::size_t scheme = origin.find("://");
        return scheme != std::string::npos && origin.substr(scheme + 3) == host;
    }

    static HttpResponse refusal_of(const error_code& failure, std::size_t max_body_bytes) {
        HttpResponse none;
        none.status = 0;
        if (failure == http::error::body_limit) {
            return respond(Problem{413,
                                   "body_too_large",
                                   "Body too large",
                                   "the body is larger than the " + std::to_string(max_body_bytes) +
                                       " bytes that this address takes",
                                   {}});
        }
        if (failure == http::error::header_limit) {
            return respond(Problem{
                431,
                "header_too_large",
                "Header too large",
                "the request's header is larger than " + std::to_string(k_max_http_header_bytes) + " bytes",
                {}});
        }
        const bool is_http = failure.category() == http::make_error_code(http::error::bad_version).category();
        if (!is_http || failure == http::error::end_of_stream || failure == http::error::partial_message)
            return none;  // the peer left, or was too slow
        return respond(Problem{400,
                               "malformed",
                               "Malformed input",
                               "this is not an HTTP/1.1 request: " + failure.message(),
                               {}});
    }

    asio::awaitable<bool> write(beast::tcp_stream& stream, const HttpResponse& answer, unsigned version,
                                bool keep_alive, bool head) {
        count(answer.status);
        http::response<http::string_body> response(http::int_to_status(answer.status), version);
        set_fields(response, answer);
        response.keep_alive(keep_alive);
        response.content_length(answer.body.size());
        if (!head) response.body() = answer.body;
        http::response_serializer<http::string_body> serializer(response);
        serializer.split(head);
        stream.expires_after(config_.write_timeout);
        error_code failure;
        if (head) {
            co_await http::async_write_header(stream, serializer,
                                              asio::redirect_error(asio::use_awaitable, failure));
        } else {
            co_await http::async_write(stream, serializer,
                                       asio::redirect_error(asio::use_awaitable, failure));
        }
        co_return !failure;
    }

    void count(unsigned status) {
        ++counters_.responses.at(std::min(status / 100, 5U));
        if (status >= 500 && status != 503) ++counters_.failures;
    }

    template <class Body>
    static void set_fields(http::response<Body>& response, const HttpResponse& answer) {
        response.set(http::field::server, "dure");
        if (answer.source || !answer.body.empty())
            response.set(http::field::content_type, answer.content_type);
        response.set("X-Content-Type-Options", "nosniff");
        for (const auto& [name, value] : answer.headers)
            response.insert(name, value);
    }

    /// Chunked; to HTTP/1.0 clients until the connection's end. A source that fails leaves the body incomplete, so
    /// that the client sees it.
    asio::awaitable<bool> write_parts(beast::tcp_stream& stream, const HttpResponse& answer, unsigned version,
                                      bool keep_alive) {
        count(answer.status);
        const bool chunked = version >= 11;
        http::response<http::empty_body> response(http::int_to_status(answer.status), version);
        set_fields(response, answer);
        response.keep_alive(keep_alive);
        response.chunked(chunked);
        http::response_serializer<http::empty_body> serializer(response);
        stream.expires_after(config_.write_timeout);
        error_code failure;
        co_await http::async_write_header(stream, serializer,
                                          asio::redirect_error(asio::use_awaitable, failure));
        while (!failure) {
            stream.expires_never();
            const std::optional<std::string> part = co_await next_part(*answer.source);
            if (!part) co_return false;
            stream.expires_after(config_.write_timeout);
            const asio::const_buffer bytes = asio::buffer(*part);
            if (part->empty()) {
                if (chunked)
                    co_await asio::async_write(stream, http::make_chunk_last(),
                                               asio::redirect_error(asio::use_awaitable, failure));
                break;
            }
            if (chunked) {
                co_await asio::async_write(stream, http::make_chunk(bytes),
                                           asio::redirect_error(asio::use_awaitable, failure));
            } else {
                co_await asio::async_write(stream, bytes, asio::redirect_error(asio::use_awaitable, failure));
            }
        }
        co_return !failure;
    }

    /// Empty at the body's end, none if the source fails.
    static asio::awaitable<std::optional<std::string>> next_part(BodySource& source) {
        try {
            std::optional<std::string> part = co_await source.next();
            co_return part ? std::move(*part) : std::string();
        } catch (const std::exception& failure) {
            spdlog::error("an answer broke off by a mistake in the program: {}", failure.what());
        }
        co_return std::nullopt;
    }

    asio::io_context& io_;
    const HttpServerConfig config_;
    const Router router_;
    tcp::acceptor acceptor_;
    std::string endpoint_;
    bool loopback_ = true;
    bool stopped_ = false;
    std::set<beast::tcp_stream*> open_;
    HttpCounters counters_;
};

HttpServer::HttpServer(asio::io_context& io, HttpServerConfig config, Router router)
    : core_(std::make_shared<Core>(io, std::move(config), std::move(router))) {}

HttpServer::~HttpServer() {
    core_->stop();
}

Status HttpServer::start() {
    return core_->start();
}
void HttpServer::stop() {
    core_->stop();
}
std::string HttpServer::endpoint() const {
    return core_->endpoint();
}
HttpCounters HttpServer::counters() const {
    return core_->counters();
}
const Router& HttpServer::router() const {
    return core_->router();
}

}  // namespace dure::node
