// The byte stream between two nodes. Streams are made here and nowhere else, so that encryption has one place
// to go.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace dure::node {

using Stream = boost::asio::ip::tcp::socket;

struct HostPort {
    std::string host;
    std::string port;
};

/// Reads "host:port" or "[v6]:port". Errors: `malformed`.
Result<HostPort> parse_endpoint(const std::string& text);

/// Opens a stream to "host:port". Errors: `malformed`, `unavailable`.
boost::asio::awaitable<Result<Stream>> open_stream(std::string endpoint);

/// Waits for the next stream. Errors: `unavailable` (the acceptor was closed, or a connection failed at
/// once).
boost::asio::awaitable<Result<Stream>> accept_stream(boost::asio::ip::tcp::acceptor& acceptor);

}  // namespace dure::node
