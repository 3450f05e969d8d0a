// What `dure proxy` answers: plain OpenAI calls of local programs, paid for by a Payer, and what was spent. Streams pass
// through as they come.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <string>
#include <vector>

#include "node/api/http_server.h"
#include "tools/dure/paying/payer.h"
#include "tools/dure/paying/spot_checks.h"

namespace dure::tools {

struct ProxyServerOptions {
    std::string listen = "127.0.0.1:0";
    std::string token;                 ///< what programs must send as their API key; empty: anything
    std::vector<std::string> origins;  ///< of web pages that may ask
    std::size_t max_calls = 256;       ///< at the same time
};

class ProxyServer {
  public:
    /// `payer` outlives this, and so do `checks`, if answers are to be checked.
    ProxyServer(boost::asio::io_context& io, Payer& payer, ProxyServerOptions options,
                SpotChecks* checks = nullptr);
    ~ProxyServer();
    ProxyServer(const ProxyServer&) = delete;
    ProxyServer& operator=(const ProxyServer&) = delete;

    /// Errors: those of node::HttpServer::start; `invalid` for an address of other machines without a token.
    Status start();
    void stop();
    /// "host:port", known after start.
    std::string endpoint() const;

    /// What GET /dure/spending says.
    boost::json::object spending() const;

  private:
    class Core;
    std::shared_ptr<Core> core_;
    std::unique_ptr<node::HttpServer> http_;
    std::string listen_;
    bool has_token_ = false;
};

}  // namespace dure::tools
