// What a block's header does to the state: the proposer's reveal moves the beacon on.
#pragma once

#include "base/protocol/block.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// Errors: `invalid` if the proposer is no validator or its reveal is not the preimage of its latest link.
Status accept_reveal(Overlay& state, const protocol::Header& header);

/// True if a draw about something that was closed at `closed` may use the present beacon: proposers of more
/// than a third of the validators' weight have revealed since, so nobody who knew the outcome could still
/// choose what it was drawn on.
bool beacon_matured(const StateReader& state, protocol::Height closed);

}  // namespace dure::ledger
