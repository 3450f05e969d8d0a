// Brings others' signed transactions onto the chain and waits until they are final.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>

#include "base/protocol/transaction.h"
#include "base/result.h"
#include "node/chain/chain.h"
#include "node/roles/submitter.h"

namespace dure::node {

class FinalityWatch {
  public:
    /// `chain` outlives this.
    FinalityWatch(boost::asio::io_context& io, Chain& chain);
    ~FinalityWatch();
    FinalityWatch(const FinalityWatch&) = delete;
    FinalityWatch& operator=(const FinalityWatch&) = delete;

    /// Submits it, unless it is known, and comes back when it is final: at once, if it is already. Errors: those of
    /// admission; `expired` if it can no longer be included; `unavailable` if it takes longer than `patience`, or the
    /// node stops.
    boost::asio::awaitable<Result<Inclusion>> include(protocol::Transaction transaction,
                                                      std::chrono::milliseconds patience);
    void stop();

  private:
    class Core;
    std::shared_ptr<Core> core_;
};

}  // namespace dure::node
