// How each duty is done: from a duty to the transaction that answers it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "base/result.h"
#include "ledger/transactions/payload.h"
#include "node/blobs/blobs.h"
#include "node/chain/chain.h"
#include "node/roles/duties.h"
#include "node/roles/library.h"
#include "node/roles/roles.h"
#include "node/roles/workshop.h"

namespace dure::node {

struct WorkTools {
    Chain& chain;
    Blobs& blobs;
    Library& library;
    Workshop& workshop;
    RoleHooks hooks;
};

struct Answer {
    ledger::Payload payload;
    std::string summary;       ///< for the log; empty if there is nothing to say
    std::uint64_t tokens = 0;  ///< trained on
};

/// Does a duty's work. The state that it is about is read before anything is waited for. Errors: what stood
/// in the way, e.g. `unavailable` for a blob that no peer has; all are worth another try while the duty
/// stands.
boost::asio::awaitable<Result<Answer>> work(const WorkTools& tools, Duty duty,
                                            std::shared_ptr<Cancelled> cancelled);

}  // namespace dure::node
