// A node's HTTP interface for programs that pay: who sells, what a channel holds, and transactions of the payer. As
// coroutines, over the pool of connections that the calls use.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/protocol/transaction.h"
#include "ledger/transactions/payload.h"
#include "tools/dure/paying/http_pool.h"
#include "tools/dure/paying/market.h"

namespace dure::tools {

struct NodeStatus {
    Hash chain_id;
    std::uint64_t height = 0;
    Account account;
    bool sells = false;
};

/// A channel as the final state has it.
struct ChannelStatus {
    Coin deposit;
    bool closing = false;
};

struct SignedTransaction {
    Hash id;
    protocol::Transaction transaction;
    std::uint64_t expires = 0;  ///< the last height whose block may hold it
};

class NodeClient {
  public:
    template <class T>
    using Answer = boost::asio::awaitable<Result<T>>;

    NodeClient(boost::asio::io_context& io, HttpPool& pool, Url url)
        : io_(io), pool_(pool), url_(std::move(url)) {}

    /// Errors: `unavailable`, or what the node's problem document says.
    Answer<boost::json::value> get(std::string target);
    Answer<boost::json::value> post(std::string target, std::string body);

    Answer<NodeStatus> status();
    /// The servers that the chain lists and that say where they are reached; a node that sells without saying so is
    /// reached where it was asked. At most 1,000.
    Answer<std::vector<ServerOffer>> servers();
    /// None if the final state has no such channel.
    Answer<std::optional<ChannelStatus>> channel(Hash id);

    /// Ready to be sent: with the next nonce.
    Answer<SignedTransaction> prepare(const SecretKey& key, ledger::Payload payload, Coin fee);
    Answer<bool> submit(const SignedTransaction& transaction);
    /// Waits until it is final. Errors: what it failed for; `unavailable` after `patience`.
    Answer<bool> wait_for(Hash id, std::chrono::seconds patience);

    const Url& url() const { return url_; }
    std::string url_text() const;

  private:
    boost::asio::io_context& io_;
    HttpPool& pool_;
    Url url_;
};

}  // namespace dure::tools
