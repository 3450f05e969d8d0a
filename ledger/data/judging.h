// Judging shards: a committee is drawn by bonded shares, never the owner; more than two thirds of its weight
// decide. Those who stay silent until the deadline are replaced, a few times.
#pragma once

#include "ledger/records/events.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// Draws what may be drawn, replaces who was silent too long, gives up on what found no agreement. At the end
/// of every block.
void advance_shards(Overlay& state, const Parameters& parameters, protocol::Height height, Events& events);

/// After an answer was added: accepts or rejects the shard if more than two thirds of the committee's weight
/// agree, lets it lapse if all have answered and do not. Writes `shard` to the state in any case.
void judge_shard(Overlay& state, const Hash& hash, ShardRecord shard, protocol::Height height,
                 Events& events);

}  // namespace dure::ledger
