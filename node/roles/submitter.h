// The one way in which this node's own transactions reach the chain: assigns nonces, signs, submits, and
// stays with each until it is final or of no more use (TransactionQueue says how).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/keys.h"
#include "base/result.h"
#include "ledger/transactions/payload.h"
#include "node/chain/chain.h"

namespace dure::node {

/// How a transaction ended that is in the chain.
struct Inclusion {
    Hash id;
    protocol::Height height;
    Status outcome;  ///< ok, or why its effect failed
};

class Submitter {
  public:
    /// `chain` outlives this. A transaction may be included for `life_blocks`; then it is signed anew.
    Submitter(boost::asio::io_context& io, Chain& chain, const SecretKey& key,
              std::uint64_t life_blocks = 40);
    ~Submitter();
    Submitter(const Submitter&) = delete;
    Submitter& operator=(const Submitter&) = delete;

    const Account& account() const;
    /// Comes back when the transaction is final. Errors: `expired` (not signed by `useful_until`), those of
    /// admission that waiting does not cure, `unavailable` (the node is stopping).
    boost::asio::awaitable<Result<Inclusion>> submit(
        ledger::Payload payload, std::optional<protocol::Height> useful_until = std::nullopt);
    std::size_t waiting() const;
    /// Lets everybody who waits go, with `unavailable`.
    void stop();

  private:
    class Core;
    std::shared_ptr<Core> core_;
};

}  // namespace dure::node
