// Which windows of which shards a work unit trains on: drawn from the round's seed with probability score × tokens, then a uniform place in the shard.
#pragma once

#include <cstdint>
#include <vector>

#include "ledger/records/tables.h"

namespace dure::ledger {

struct DrawnWindow {
    std::uint64_t row = 0;  ///< of the sampling table
    Hash shard;
    std::uint64_t first_token = 0;
};

/// Needs a round whose seed is drawn.
std::vector<DrawnWindow> draw_windows(const StateReader& state, const RoundRecord& round, std::uint32_t unit);

/// A unit's seed: every random choice inside the unit follows from it.
Hash unit_seed_of(const Hash& round_seed, std::uint32_t unit);

}  // namespace dure::ledger
