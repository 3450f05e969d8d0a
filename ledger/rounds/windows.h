// Which windows of which shards a work unit trains on: drawn from the round's seed with probability score ×
// tokens, then a uniform place in the shard.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "ledger/records/tables.h"

namespace dure::ledger {

struct DrawnWindow {
    std::uint64_t row = 0;  ///< of the sampling table
    Hash shard;
    std::uint64_t first_token = 0;
};

/// Draws the windows of a round's units. Reads each row of the sampling table at most once, about log2(rows)
/// of them a window.
class WindowDraw {
  public:
    /// Needs a round whose seed is drawn. `state` must outlive this.
    WindowDraw(const StateReader& state, const RoundRecord& round);
    std::vector<DrawnWindow> of_unit(std::uint32_t unit);

  private:
    const SampledShard& row(std::uint64_t number);
    std::uint64_t row_at(Uint128 lot);

    const StateReader& state_;
    ChainRecord chain_;
    Hash round_seed_;
    std::uint64_t rows_;
    Uint128 weight_;
    std::map<std::uint64_t, SampledShard> known_;
};

/// A unit's seed: every random choice inside the unit follows from it.
Hash unit_seed_of(const Hash& round_seed, std::uint32_t unit);

}  // namespace dure::ledger
