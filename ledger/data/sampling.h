// The sampling table: accepted shards in order of acceptance, drawn with probability weight ÷ sum of weights.
// A weight may change at any time (a new score, a withdrawal): sums stand in the state as a Fenwick tree, so
// that a draw and a change cost about log2(rows) records each.
//
// Node i (counted from 1) holds the weights of rows i − lowbit(i) … i − 1 (counted from 0).
#pragma once

#include <cstdint>

#include "ledger/records/tables.h"

namespace dure::ledger {

/// What a shard weighs: what counts of its score × its counted bytes, nothing if it is shorter than a window of
/// the chain. (Bytes, because a tokenizer gives some texts many more tokens than others of their length.)
Uint128 sampling_weight_of(const ShardRecord& shard, std::uint32_t window_tokens);

/// Adds a row; returns its number. The sum of weights and the number of rows are in DataTotals.
std::uint64_t add_sampled(Overlay& state, const SampledShard& row);

/// Gives a row another weight: later draws see it, windows that are written down do not change.
void set_sampled_weight(Overlay& state, std::uint64_t row, Uint128 weight);

/// The row that holds the `lot`-th unit of weight. Needs lot < sum of weights.
std::uint64_t sampled_row_at(const StateReader& state, Uint128 lot);

}  // namespace dure::ledger
