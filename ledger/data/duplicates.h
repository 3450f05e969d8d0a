// Near duplicates, found without the texts: sketches that agree in one of 42 bands of three entries are
// compared whole, and texts count as one from k_near_duplicate equal entries on (docs/protocol/data.md gives
// what that finds and misses).
#pragma once

#include <optional>

#include "ledger/records/tables.h"

namespace dure::ledger {

/// Lets later shards be compared with this one.
void index_sketch(Overlay& state, const Hash& shard, std::uint64_t offer, const Sketch& sketch);
void unindex_sketch(Overlay& state, std::uint64_t offer, const Sketch& sketch);

/// Of the shards that were offered before `offer` and are nearly the same text, the one offered first. In each
/// band the k_max_band_candidates earliest are looked at.
std::optional<Hash> earlier_duplicate(const StateReader& state, std::uint64_t offer, const Sketch& sketch);

}  // namespace dure::ledger
