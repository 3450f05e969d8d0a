// Who audits which segments of a unit, and who holds its bytes: planned and drawn by lot with a beacon that
// nobody knew when the unit was shown, by bonded shares, never its trainer.
#pragma once

#include "ledger/records/events.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// For every revealed unit of the round: plans its audits at the first draw, then draws whoever is missing,
/// among the participants first, else among bonded trainers who did not join. A unit with a task that nobody
/// can take becomes `unaudited`.
void draw_auditors(Overlay& state, const Parameters& parameters, const RoundRecord& round, Events& events);

/// Moves that the auditing phase waits for: commitments, states to serve, holders' words.
std::uint32_t audit_moves_awaited(const StateReader& state, const Parameters& parameters,
                                  const RoundRecord& round);

/// Units whose trainer did not serve the start states become `withheld`.
void give_up_unserved(Overlay& state, const Parameters& parameters, const RoundRecord& round,
                      protocol::Height height, Events& events);

/// Takes silent auditors and holders off their units, so that others can be drawn.
void dismiss_silent(Overlay& state, const RoundRecord& round);

/// What is still not held by enough becomes `withheld`, what is not answered `unaudited`.
void give_up_unanswered(Overlay& state, const Parameters& parameters, const RoundRecord& round,
                        protocol::Height height, Events& events);

}  // namespace dure::ledger
