// Drawing auditors: for each submitted update one who replays it, never its author, by bonded shares.
#pragma once

#include "ledger/records/events.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// Draws for every submitted unit of the round that has no answer yet, among the participants, else among
/// bonded trainers who did not join. A unit that nobody can audit becomes `unaudited`. Counts those that were
/// drawn in round.unanswered.
void draw_auditors(Overlay& state, RoundRecord& round, Events& events);

/// Takes silent auditors off their units, so that others can be drawn.
void dismiss_silent_auditors(Overlay& state, RoundRecord& round);

/// Units still without an answer stay unaccepted.
void give_up_unanswered(Overlay& state, RoundRecord& round, Events& events);

}  // namespace dure::ledger
