// The node's HTTP interface (docs/operating/api.md): questions to the ledger, transactions, blobs, and paid
// completions.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "node/api/challenge_mint.h"
#include "node/api/explorer.h"
#include "node/api/http_server.h"
#include "node/blobs/blobs.h"
#include "node/chain/chain.h"
#include "node/peers/peers.h"
#include "node/roles/answer_server.h"
#include "node/roles/contributor.h"

namespace dure::node {

/// What the handlers answer from; all of it outlives the Api.
struct ApiParts {
    Chain& chain;
    Blobs& blobs;
    Peers& peers;
    AnswerServer* answer_server = nullptr;  ///< none: this node does not sell answers
    Contributor* contributor = nullptr;
    Account account;  ///< the node's
    std::vector<std::string> roles;
    std::string device;                                 ///< what trains and answers: "cpu" or "cuda"
    std::shared_ptr<const ChallengeMint> challenges{};  ///< where there is an answer server
    std::filesystem::path data_directory{};
    std::shared_ptr<Explorer> explorer{};  ///< Api makes it, and the next two
    std::function<HttpCounters()> http_counters{};
    std::chrono::system_clock::time_point started{};
};

class Api {
  public:
    Api(boost::asio::io_context& io, HttpServerConfig config, ApiParts parts);
    ~Api() { stop(); }
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    /// Errors: those of HttpServer::start.
    Status start() { return server_.start(); }
    void stop();
    std::string endpoint() const { return server_.endpoint(); }
    const Router& router() const { return server_.router(); }

  private:
    ApiParts completed(ApiParts parts) const;

    std::shared_ptr<Explorer> explorer_;
    HttpServer server_;
};

}  // namespace dure::node
