// Taking a shard out: it is trained on no more, its text is dropped by the nodes, and what was minted for it
// and has not vested is burned. Units that were drawn before keep the windows they have.
#pragma once

#include "ledger/records/events.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// Withdraws an accepted shard now.
void withdraw_shard(Overlay& state, const Parameters& parameters, const Hash& shard, bool by_vote,
                    protocol::Height height, Events& events);

/// What the voters against a shard have bonded now.
Shares votes_against(const StateReader& state, const Hash& shard);

}  // namespace dure::ledger
