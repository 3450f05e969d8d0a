#include "ledger/rounds/windows.h"

#include "ledger/rounds/draw.h"

namespace dure::ledger {

namespace {

struct SampledRow {
    std::uint64_t row = 0;
    SampledShard entry;
};

/// The first of `count` rows whose running sum is greater than `lot`.
SampledRow row_at(const StateReader& state, std::uint64_t count, Uint128 lot) {
    std::uint64_t low = 0;
    std::uint64_t high = count - 1;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (SamplingTable::get(state, middle).cumulative.number() > lot) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return {low, SamplingTable::get(state, low)};
}

}  // namespace

std::vector<DrawnWindow> draw_windows(const StateReader& state, const RoundRecord& round, std::uint32_t unit) {
    static const TaggedHash hash("dure/unit/windows");
    DURE_ASSERT(round.shard_count > 0 && round.sampling_weight.number() > 0);
    const ChainRecord chain = ChainInfo::get(state);
    Draw draw(hash({round.seed.bytes, encode(unit)}));
    std::vector<DrawnWindow> windows;
    windows.reserve(chain.windows_per_unit);
    for (std::uint32_t i = 0; i < chain.windows_per_unit; ++i) {
        const SampledRow row = row_at(state, round.shard_count, draw.below(round.sampling_weight.number()));
        DURE_ASSERT(row.entry.tokens >= chain.window_tokens);
        const Uint128 first = draw.below(row.entry.tokens - chain.window_tokens + 1);
        windows.push_back({.row = row.row, .shard = row.entry.shard, .first_token = static_cast<std::uint64_t>(first)});
    }
    return windows;
}

Hash unit_seed_of(const Hash& round_seed, std::uint32_t unit) {
    static const TaggedHash hash("dure/unit/seed");
    return hash({round_seed.bytes, encode(unit)});
}

}  // namespace dure::ledger
