// What the phases of a round have in common in handling its units.
#pragma once

#include <utility>
#include <vector>

#include "ledger/records/events.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// The round's units with this status. Copies, because visiting and writing do not mix.
std::vector<std::pair<UnitKey, UnitRecord>> units_with(const StateReader& state, protocol::Round round,
                                                       UnitStatus status);

/// Writes the unit with its new status, and says so.
void judge_unit(Overlay& state, const UnitKey& key, UnitRecord unit, UnitStatus status, Events& events);

/// The unit becomes `withheld`: its trainer did not serve or open what a drawn audit needed. Of a unit audited
/// in part it also forfeits unvested pay of so many units as are likely to pass unseen for one that is audited
/// where it should not be: segments ÷ those audited, rounded up. (Audited whole, no false unit ever passes.)
void withhold(Overlay& state, const Parameters& parameters, const UnitKey& key, const UnitRecord& unit,
              protocol::Height height, Events& events);

}  // namespace dure::ledger
