// What a shard's gain is measured on: windows drawn after the shard is final, so that nobody can write a text
// for them; from other bonded contributors' shards that were offered before it and shown after it, so that
// neither could be written for the other, each of them with the odds of its owner's bond. Genesis's hold-out,
// which everybody has read, fills in only where there is no such shard.
#pragma once

#include "ledger/records/tables.h"

namespace dure::ledger {

/// True while a shard that could be such a peer is still being judged.
bool awaits_peers(const StateReader& state, const ShardRecord& shard);

/// Rows of the sampling table of a shard's peers: of each bonded owner the longest, of the owners at most
/// k_max_score_peers, those with the most bonded shares.
BoundedList<std::uint64_t, k_max_score_peers> peers_of(const StateReader& state, const ShardRecord& shard);

/// Draws the windows for `judging.seed`: all from peers that are accepted still and whose owners have bonded
/// shares, or, without any, from the hold-out.
void draw_score_windows(const StateReader& state, const Parameters& parameters, const ShardRecord& shard,
                        JudgingRecord& judging);

}  // namespace dure::ledger
