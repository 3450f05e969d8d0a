// What a transaction's effect may use: the state with its fee already taken, and where it stands in the
// chain. If the effect fails, everything it wrote through `state` is dropped and its events with it.
#pragma once

#include "base/hash.h"
#include "base/keys.h"
#include "base/protocol/types.h"
#include "base/result.h"
#include "ledger/records/events.h"
#include "ledger/records/parameters.h"
#include "ledger/state/overlay.h"

namespace dure::ledger {

struct TransactionContext {
    Overlay& state;
    const Parameters& parameters;
    Hash chain_id;
    protocol::Height height;  ///< of the block that holds the transaction
    Account proposer;         ///< of that block
    Account sender;
    Account payer;     ///< of fee and deposits: the fee payer if there is one, else the sender
    Hash transaction;  ///< its id
    Events& events;
};

}  // namespace dure::ledger
