// How each duty is done: from a duty to the transaction that answers it. tasks/ has a file for each kind of duty.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "base/keys.h"
#include "base/result.h"
#include "ledger/state/reader.h"
#include "ledger/transactions/payload.h"
#include "node/blobs/blob_access.h"
#include "node/roles/duties.h"
#include "node/roles/library.h"
#include "node/roles/notebook.h"
#include "node/roles/roles.h"
#include "node/roles/unit_secrets.h"
#include "node/roles/workshop.h"

namespace dure::node {

struct WorkTools {
    const ledger::StateReader&
        state;  ///< the final one; holds still until the work first waits for something
    BlobAccess& blobs;
    Library& library;
    Workshop& workshop;
    RoleHooks hooks;
    UnitSecrets secrets;
    Account account;  ///< of the node
    Notebook& notebook;
};

struct Answer {
    ledger::Payload payload;
    std::string summary;       ///< for the log; empty if there is nothing to say
    std::uint64_t tokens = 0;  ///< trained on
};

/// Does a duty's work. The state that it is about is read before anything is waited for. Errors: what stood
/// in the way, e.g. `unavailable` for a blob that no peer has; all are worth another try while the duty
/// stands.
boost::asio::awaitable<Result<Answer>> work(WorkTools tools, Duty duty, std::shared_ptr<Cancelled> cancelled);

}  // namespace dure::node
