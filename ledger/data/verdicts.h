// What becomes of a shard once its judging ends.
#pragma once

#include "ledger/records/events.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// A judging and the shard that it is about, as one block's end works on them. Whoever ends the judging leaves
/// the state complete; otherwise its caller writes `judging` back.
struct Case {
    Overlay& state;
    const Parameters& parameters;
    protocol::Height height;
    Events& events;
    std::uint64_t offer = 0;
    JudgingRecord judging;
    bool closed = false;  ///< the judging is over
};

/// More than two thirds of the committee's weight said the same, or of the second one's at least the greater
/// part: accepted, rejected, or scored anew. Pays those who said it; if the second committee's verdict is by
/// more than two thirds, slashes those who said something else.
void decide(Case& one, const ShardAnswer& answer, bool by_two_thirds);

/// `first` is nearly the same text and was offered before.
void refuse_duplicate(Case& one, const Hash& first);

/// Nobody agreed in time: the offer lapses; an accepted shard keeps its old score.
void give_up(Case& one);

/// A shard with the same bytes that was offered earlier takes the place of this one, which is being judged:
/// its deposit returns.
void displace(Overlay& state, const Hash& shard, const ShardRecord& record);

}  // namespace dure::ledger
