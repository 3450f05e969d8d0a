#include "ledger/data/windows.h"

#include "ledger/data/sampling.h"
#include "ledger/draws/draw.h"

namespace dure::ledger {

namespace {

UnitWindowList windows_of(const StateReader& state, const ChainRecord& chain, const Hash& round_seed,
                          std::uint32_t unit, Uint128 weight) {
    static const TaggedHash hash("dure/unit/windows");
    Draw draw(hash({round_seed.bytes, encode(unit)}));
    UnitWindowList windows;
    windows.reserve(chain.windows_per_unit);
    for (std::uint32_t i = 0; i < chain.windows_per_unit; ++i) {
        const std::uint64_t row = sampled_row_at(state, draw.below(weight));
        const std::uint64_t tokens = SamplingTable::get(state, row).tokens;
        DURE_ASSERT(tokens >= chain.window_tokens);
        const Uint128 first = draw.below(tokens - chain.window_tokens + 1);
        windows.push_back({.row = row, .first_token = static_cast<std::uint64_t>(first)});
    }
    return windows;
}

void forget(Overlay& state, protocol::Round round) {
    std::vector<UnitKey> old;
    UnitWindows::scan_part(state, round, [&](const UnitKey& key, const UnitWindowList&) {
        old.push_back(key);
        return true;
    });
    for (const UnitKey& key : old)
        UnitWindows::erase(state, key);
}

}  // namespace

void draw_unit_windows(Overlay& state, const RoundRecord& round) {
    const ChainRecord chain = ChainInfo::get(state);
    const Uint128 weight = DataTotals::get(state).weight.number();
    DURE_ASSERT(weight > 0);
    for (std::uint32_t unit = 0; unit < round.units; ++unit)
        UnitWindows::put(state, {round.number, unit}, windows_of(state, chain, round.seed, unit, weight));
    if (round.number.value > k_kept_window_rounds)
        forget(state, protocol::Round{round.number.value - k_kept_window_rounds});
}

std::vector<DrawnWindow> unit_windows(const StateReader& state, const UnitKey& unit) {
    const auto found = UnitWindows::find(state, unit);
    if (!found) return {};
    return {found->begin(), found->end()};
}

Hash unit_seed_of(const Hash& round_seed, std::uint32_t unit) {
    static const TaggedHash hash("dure/unit/seed");
    return hash({round_seed.bytes, encode(unit)});
}

}  // namespace dure::ledger
