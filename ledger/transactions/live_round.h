// What the transactions of a running round begin with, and end with.
#pragma once

#include "base/result.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// The live round, if it has this number and is in this phase. Errors: `conflict`, naming what is live
/// instead.
Result<RoundRecord> require_live_round(const StateReader& state, protocol::Round number, RoundPhase phase);

/// Errors: `not_found`; `conflict` if the unit has another status.
Result<UnitRecord> require_unit(const StateReader& state, const UnitKey& key, UnitStatus status);

/// Errors: as require_unit; `unauthorized` if the unit is not `account`'s.
Result<UnitRecord> require_own_unit(const StateReader& state, const UnitKey& key, UnitStatus status,
                                    const Account& account);

/// One move less to wait for in the present phase.
void count_move(Overlay& state, RoundRecord& round);

}  // namespace dure::ledger
