#include "tools/dure/http_client.h"

#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cctype>

namespace dure::tools {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::size_t k_part_bytes = 64 * 1024;  // of a body, read at once

}  // namespace

Result<Url> Url::parse(std::string_view text) {
    const auto malformed = [&](const std::string& why) {
        return Error{ErrorCode::malformed, "\"" + std::string(text) + "\" is not a node's URL: " + why +
                                               ", e.g. http://127.0.0.1:8470"};
    };
    std::string_view rest = text;
    if (rest.rfind("https://", 0) == 0)
        return malformed("https is not spoken, put a proxy in front or use http");
    if (rest.rfind("http://", 0) != 0) return malformed("it must begin with http://");
    rest.remove_prefix(7);
    Url url;
    const std::size_t slash = rest.find('/');
    if (slash != std::string_view::npos) {
        url.path = std::string(rest.substr(slash));
        while (!url.path.empty() && url.path.back() == '/')
            url.path.pop_back();
        rest = rest.substr(0, slash);
    }
    const std::size_t colon = rest.rfind(':');
    const bool bracketed = !rest.empty() && rest.back() == ']';
    url.port = "80";
    if (colon != std::string_view::npos && !bracketed) {
        url.port = std::string(rest.substr(colon + 1));
        rest = rest.substr(0, colon);
        const bool digits =
            !url.port.empty() && url.port.size() <= 5 &&
            std::all_of(url.port.begin(), url.port.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (!digits || std::stoul(url.port) == 0 || std::stoul(url.port) > 65535)
            return malformed("the port must be from 1 to 65535");
    }
    if (rest.size() >= 2 && rest.front() == '[' && rest.back() == ']') rest = rest.substr(1, rest.size() - 2);
    if (rest.empty()) return malformed("the host is missing");
    url.host = std::string(rest);
    return url;
}

std::string_view HttpResponse::header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (key == name) return value;
    }
    return {};
}

struct HttpClient::Connection {
    asio::io_context io{1};
    beast::tcp_stream stream{io};
    beast::flat_buffer buffer;
    bool open = false;

    /// Runs one asynchronous operation to its end; tcp_stream's deadline cancels it.
    template <class Start>
    beast::error_code complete(Start&& start) {
        beast::error_code result;
        start([&result](beast::error_code error, auto&&...) { result = error; });
        io.restart();
        io.run();
        return result;
    }
};

HttpClient::HttpClient(Url url, std::chrono::milliseconds timeout)
    : url_(std::move(url)), timeout_(timeout), connection_(std::make_unique<Connection>()) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

void HttpClient::set_timeout(std::chrono::milliseconds timeout) {
    timeout_ = timeout;
}

Result<HttpResponse> HttpClient::request(http::verb method, std::string_view target, std::string body,
                                         const Headers& headers, const OnPart& on_part) {
    bool stale = false;
    auto response = attempt(method, target, body, headers, on_part, stale);
    if (!response && stale) response = attempt(method, target, body, headers, on_part, stale);
    return response;
}

Result<HttpResponse> HttpClient::attempt(http::verb method, std::string_view target, const std::string& body,
                                         const Headers& headers, const OnPart& on_part, bool& stale) {
    Connection& c = *connection_;
    bool reused = c.open;
    const auto failed = [&](const char* what, const beast::error_code& error) {
        c.open = false;
        c.stream.close();
        c.buffer.clear();
        stale = reused && error != beast::error::timeout;
        const std::string reason = error == beast::error::timeout
                                       ? "no answer within " + std::to_string(timeout_.count()) + " ms"
                                       : error.message();
        return Error{ErrorCode::unavailable,
                     std::string("cannot ") + what + " the node at http://" + url_.host + ":" + url_.port +
                         ": " + reason + ". Is it running? --node URL or DURE_NODE names another one"};
    };
    stale = false;
    if (!c.open) {
        asio::ip::tcp::resolver resolver(c.io);
        beast::error_code error;
        const auto endpoints = resolver.resolve(url_.host, url_.port, error);
        if (error) return failed("find", error);
        c.stream.expires_after(timeout_);
        error = c.complete([&](auto handler) { c.stream.async_connect(endpoints, handler); });
        if (error) return failed("reach", error);
        c.stream.socket().set_option(asio::ip::tcp::no_delay(true), error);
        c.open = true;
    }
    http::request<http::string_body> request(method, std::string(url_.path).append(target), 11);
    request.set(http::field::host, url_.host + ":" + url_.port);
    request.set(http::field::user_agent, "dure/0.1");
    request.set(http::field::accept, "application/json");
    for (const auto& [name, value] : headers)
        request.set(name, value);
    request.body() = body;
    request.prepare_payload();
    c.stream.expires_after(timeout_);
    if (const auto error = c.complete([&](auto handler) { http::async_write(c.stream, request, handler); })) {
        return failed("send to", error);
    }
    http::response_parser<http::buffer_body> parser;
    parser.body_limit(k_max_response_bytes);
    c.stream.expires_after(timeout_);
    if (const auto error =
            c.complete([&](auto handler) { http::async_read_header(c.stream, c.buffer, parser, handler); })) {
        return failed("read the answer of", error);
    }
    reused = false;  // from here on the connection is known to have been alive
    HttpResponse response;
    response.status = parser.get().result_int();
    for (const auto& field : parser.get()) {
        std::string name(field.name_string());
        for (char& letter : name)
            letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
        response.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    const bool in_parts = on_part && response.status >= 200 && response.status < 300;
    std::array<char, k_part_bytes> part{};
    while (!parser.is_done()) {
        parser.get().body().data = part.data();
        parser.get().body().size = part.size();
        c.stream.expires_after(timeout_);
        const auto error =
            c.complete([&](auto handler) { http::async_read_some(c.stream, c.buffer, parser, handler); });
        if (error && error != http::error::need_buffer) return failed("read the answer of", error);
        const std::string_view came(part.data(), part.size() - parser.get().body().size);
        if (came.empty()) continue;
        if (in_parts) {
            on_part(came);
        } else {
            response.body += came;
        }
    }
    if (!parser.keep_alive()) {
        c.open = false;
        c.stream.close();
        c.buffer.clear();
    }
    return response;
}

}  // namespace dure::tools
