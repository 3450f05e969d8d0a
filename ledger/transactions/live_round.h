// What the three transactions of a running round begin with.
#pragma once

#include "base/result.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// The live round, if it has this number and is in this phase. Errors: `conflict`, naming what is live
/// instead.
Result<RoundRecord> require_live_round(const StateReader& state, protocol::Round number, RoundPhase phase);

/// Errors: `not_found`.
Result<UnitRecord> require_unit(const StateReader& state, const UnitKey& key);

}  // namespace dure::ledger
