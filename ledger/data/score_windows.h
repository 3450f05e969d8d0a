// What a shard's gain is measured on: windows drawn after the shard is final, so that nobody can write a text
// for them; half of them, where there are any, from other bonded contributors' shards that were offered before
// it and shown after it, so that neither could be written for the other. The rest are the hold-out's.
#pragma once

#include "ledger/records/tables.h"

namespace dure::ledger {

/// True while a shard that could be such a peer is still being judged.
bool awaits_peers(const StateReader& state, const ShardRecord& shard);

/// Rows of the sampling table of a shard's peers: at most k_max_score_peers, those shown first.
BoundedList<std::uint64_t, k_max_score_peers> peers_of(const StateReader& state, const ShardRecord& shard);

/// Draws the windows for `judging.seed`. Every second one is a peer's, if there is one that is accepted still
/// and whose owner has bonded shares.
void draw_score_windows(const StateReader& state, const Parameters& parameters, const ShardRecord& shard,
                        JudgingRecord& judging);

}  // namespace dure::ledger
