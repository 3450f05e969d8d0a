#include "ledger/data/sampling.h"

#include <bit>

namespace dure::ledger {

namespace {

constexpr std::uint64_t low_bit(std::uint64_t number) {
    return number & (~number + 1);
}

Uint128 node_at(const StateReader& state, std::uint64_t node) {
    return SamplingSums::get(state, node).number();
}

}  // namespace

Uint128 sampling_weight_of(const ShardRecord& shard, std::uint32_t window_tokens) {
    if (shard.answer.tokens < window_tokens) return 0;
    return static_cast<Uint128>(shard.paid_score) * shard.counted_bytes();
}

std::uint64_t add_sampled(Overlay& state, const SampledShard& row) {
    DataRecord totals = DataTotals::get(state);
    const std::uint64_t number = totals.accepted++;
    const std::uint64_t node = totals.accepted;
    Uint128 sum = row.weight.number();
    for (std::uint64_t step = 1; step < low_bit(node); step <<= 1)
        sum += node_at(state, node - step);
    SamplingTable::put(state, number, row);
    SamplingSums::put(state, node, SamplingWeight::of(sum));
    totals.weight = SamplingWeight::of(totals.weight.number() + row.weight.number());
    DataTotals::put(state, totals);
    return number;
}

void set_sampled_weight(Overlay& state, std::uint64_t row, Uint128 weight) {
    SampledShard entry = SamplingTable::get(state, row);
    const Uint128 before = entry.weight.number();
    if (before == weight) return;
    DataRecord totals = DataTotals::get(state);
    // Modulo 2^128 the order of adding and taking away does not matter.
    for (std::uint64_t node = row + 1; node <= totals.accepted; node += low_bit(node))
        SamplingSums::put(state, node, SamplingWeight::of(node_at(state, node) - before + weight));
    entry.weight = SamplingWeight::of(weight);
    SamplingTable::put(state, row, entry);
    totals.weight = SamplingWeight::of(totals.weight.number() - before + weight);
    DataTotals::put(state, totals);
}

std::uint64_t sampled_row_at(const StateReader& state, Uint128 lot) {
    const DataRecord totals = DataTotals::get(state);
    DURE_ASSERT(lot < totals.weight.number());
    std::uint64_t before = 0;  // rows that lie wholly before the lot
    for (std::uint64_t step = std::bit_floor(totals.accepted); step > 0; step >>= 1) {
        if (before + step > totals.accepted) continue;
        const Uint128 sum = node_at(state, before + step);
        if (sum > lot) continue;
        lot -= sum;
        before += step;
    }
    DURE_ASSERT(before < totals.accepted);
    return before;
}

}  // namespace dure::ledger
