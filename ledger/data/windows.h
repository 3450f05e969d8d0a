// Which windows of which shards a work unit trains on: drawn from the round's seed with probability score ×
// tokens, then a uniform place in the shard. They are written down when the round is drawn, so that what
// happens to the sampling table afterwards changes neither training nor pay nor a later replay.
#pragma once

#include <cstdint>
#include <vector>

#include "ledger/records/tables.h"

namespace dure::ledger {

/// Draws and writes down the windows of all units of a round whose seed is drawn; forgets those of the round
/// k_kept_window_rounds before it. Needs a sampling table with weight.
void draw_unit_windows(Overlay& state, const RoundRecord& round);

/// A unit's windows. Nothing if they were not drawn yet or are forgotten.
std::vector<DrawnWindow> unit_windows(const StateReader& state, const UnitKey& unit);

/// A unit's seed: every random choice inside the unit follows from it.
Hash unit_seed_of(const Hash& round_seed, std::uint32_t unit);

}  // namespace dure::ledger
