// The end of an epoch and the beginning of the next one, after the transactions of the block between them.
#pragma once

#include "ledger/epochs/selection.h"
#include "ledger/records/events.h"

namespace dure::ledger {

/// `selection` and `leader_seed`: of the state before the block at `boundary`, the last of the running epoch; the
/// seed is that state's beacon.
void begin_next_epoch(Overlay& state, const Parameters& parameters, const Selection& selection,
                      const Hash& leader_seed, protocol::Height boundary, Events& events);

}  // namespace dure::ledger
