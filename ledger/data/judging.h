// Judging shards. When all earlier offers are shown or expired a shard leaves the queue: a near duplicate of
// an earlier one is refused; else a committee is drawn by bonded shares, never the owner, whose members commit
// to their answers before anybody opens. More than two thirds of its weight decide; dissent is replayed by a
// larger committee. Accepted shards are scored anew in the same way when the model grows.
#pragma once

#include "ledger/records/events.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// Expires offers, draws what may be drawn, replaces who was silent too long, decides what is open, gives up
/// on what found no agreement. At the end of every block.
void advance_data(Overlay& state, const Parameters& parameters, protocol::Height height, Events& events);

/// All accepted shards are to be scored anew, a few at a time in the order of the sampling table, because the
/// model is of another generation. Each keeps its weight until the new one is agreed on.
void begin_rescoring(Overlay& state, protocol::Generation generation);

}  // namespace dure::ledger
