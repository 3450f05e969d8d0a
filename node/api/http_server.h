// An HTTP/1.1 server with keep-alive on the io thread (Boost.Beast): reads requests within bounds, hands them
// to a Router, writes the answers.
//
// Promises: bounds on connections, header, body and time; malformed requests get a problem, never a crash; on
// a loopback address only requests that name a loopback host are answered, and none that a foreign web page
// sends (DNS rebinding, forgery) but those of origins that are named (CORS).
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "node/api/router.h"

namespace dure::node {

inline constexpr std::uint32_t k_max_http_header_bytes = 16 * 1024;

struct HttpServerConfig {
    std::string listen = "127.0.0.1:0";              ///< "host:port"; port 0 takes a free one
    std::size_t max_connections = 1'024;             ///< more are closed at once
    std::chrono::milliseconds idle_timeout{60'000};  ///< between two requests of a connection
    std::chrono::milliseconds read_timeout{30'000};  ///< for a request's header, and for its body
    std::chrono::milliseconds write_timeout{30'000};
    std::vector<std::string>
        origins;  ///< of web pages that may call besides its own: "http://127.0.0.1:8470"
};

struct HttpCounters {
    std::uint64_t connections = 0;  ///< accepted since the start
    std::uint64_t open = 0;         ///< now
    std::uint64_t requests = 0;
    std::array<std::uint64_t, 6> responses{};  ///< by the status's first digit
    std::uint64_t failures = 0;                ///< answered with 5xx, but for 503: the node's own mistakes
};

class HttpServer {
  public:
    HttpServer(boost::asio::io_context& io, HttpServerConfig config, Router router);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Binds and begins to accept. Errors: `malformed` (not an address), `io` (the address is taken).
    Status start();
    /// Stops accepting and closes all connections.
    void stop();

    /// "host:port", known after start.
    std::string endpoint() const;
    HttpCounters counters() const;
    const Router& router() const;

  private:
    class Core;
    std::shared_ptr<Core> core_;
};

/// Splits "127.0.0.1:8080" or "[::1]:8080". Errors: `malformed`, with an example.
Result<boost::asio::ip::tcp::endpoint> parse_listen_address(const std::string& text);

}  // namespace dure::node
