#include "ledger/rounds/windows.h"

#include "ledger/rounds/draw.h"

namespace dure::ledger {

WindowDraw::WindowDraw(const StateReader& state, const RoundRecord& round)
    : state_(state),
      chain_(ChainInfo::get(state)),
      round_seed_(round.seed),
      rows_(round.shard_count),
      weight_(round.sampling_weight.number()) {
    DURE_ASSERT(rows_ > 0 && weight_ > 0);
}

const SampledShard& WindowDraw::row(std::uint64_t number) {
    const auto found = known_.find(number);
    if (found != known_.end()) return found->second;
    return known_.emplace(number, SamplingTable::get(state_, number)).first->second;
}

/// The first row whose running sum is greater than `lot`.
std::uint64_t WindowDraw::row_at(Uint128 lot) {
    std::uint64_t low = 0;
    std::uint64_t high = rows_ - 1;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (row(middle).cumulative.number() > lot) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

std::vector<DrawnWindow> WindowDraw::of_unit(std::uint32_t unit) {
    static const TaggedHash hash("dure/unit/windows");
    Draw draw(hash({round_seed_.bytes, encode(unit)}));
    std::vector<DrawnWindow> windows;
    windows.reserve(chain_.windows_per_unit);
    for (std::uint32_t i = 0; i < chain_.windows_per_unit; ++i) {
        const std::uint64_t number = row_at(draw.below(weight_));
        const SampledShard& entry = row(number);
        DURE_ASSERT(entry.tokens >= chain_.window_tokens);
        const Uint128 first = draw.below(entry.tokens - chain_.window_tokens + 1);
        windows.push_back(
            {.row = number, .shard = entry.shard, .first_token = static_cast<std::uint64_t>(first)});
    }
    return windows;
}

Hash unit_seed_of(const Hash& round_seed, std::uint32_t unit) {
    static const TaggedHash hash("dure/unit/seed");
    return hash({round_seed.bytes, encode(unit)});
}

}  // namespace dure::ledger
