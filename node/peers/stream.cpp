#include "node/peers/stream.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "node/peers/as_tuple.h"

namespace dure::node {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

void tune(Stream& stream) {
    boost::system::error_code ignored;
    stream.set_option(tcp::no_delay(true), ignored);
}

}  // namespace

Result<HostPort> parse_endpoint(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    const Error malformed{
        ErrorCode::malformed,
        "\"" + text + "\" is no endpoint; write host:port, for example 127.0.0.1:7700 or [::1]:7700"};
    if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) return malformed;
    HostPort parsed{text.substr(0, colon), text.substr(colon + 1)};
    if (parsed.port.size() > 5 || parsed.port.find_first_not_of("0123456789") != std::string::npos ||
        std::stoul(parsed.port) > 65'535)
        return malformed;
    if (parsed.host.front() == '[') {
        if (parsed.host.back() != ']' || parsed.host.size() < 3) return malformed;
        parsed.host = parsed.host.substr(1, parsed.host.size() - 2);
    } else if (parsed.host.find(':') != std::string::npos) {
        return malformed;
    }
    return parsed;
}

asio::awaitable<Result<Stream>> open_stream(std::string endpoint) {
    const auto parsed = parse_endpoint(endpoint);
    if (!parsed) co_return parsed.error();
    const auto executor = co_await asio::this_coro::executor;
    tcp::resolver resolver(executor);
    auto [resolve_error, addresses] = co_await resolver.async_resolve(parsed->host, parsed->port, k_as_tuple);
    if (resolve_error)
        co_return Error{ErrorCode::unavailable,
                        "cannot resolve " + endpoint + ": " + resolve_error.message()};
    Stream stream(executor);
    auto [connect_error, address] = co_await asio::async_connect(stream, addresses, k_as_tuple);
    static_cast<void>(address);
    if (connect_error)
        co_return Error{ErrorCode::unavailable,
                        "cannot connect to " + endpoint + ": " + connect_error.message()};
    tune(stream);
    co_return std::move(stream);
}

asio::awaitable<Result<Stream>> accept_stream(tcp::acceptor& acceptor) {
    auto [error, stream] = co_await acceptor.async_accept(k_as_tuple);
    if (error) co_return Error{ErrorCode::unavailable, "accepting a connection failed: " + error.message()};
    tune(stream);
    co_return std::move(stream);
}

}  // namespace dure::node
