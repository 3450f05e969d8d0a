// What comes of a unit once trainer and auditors have opened, and once its update was compared with the last
// state.
#pragma once

#include "ledger/records/events.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// Openings that the phase waits for: of each revealed unit its trainer's and its auditors'.
std::uint32_t openings_awaited(const StateReader& state, const RoundRecord& round);

/// Judges every revealed unit: `withheld` if its trainer did not open and nobody who replayed it whole did,
/// `disputed` if an auditor found something else, `unaudited` if an auditor did not open, `accepted` if it was replayed whole and is the same. What was
/// replayed in part and is the same stays `revealed`, to be checked. Counts in round.accepted.
void judge_openings(Overlay& state, const Parameters& parameters, RoundRecord& round, protocol::Height height,
                    Events& events);

/// Units that stay `revealed`.
std::uint32_t checks_awaited(const StateReader& state, const RoundRecord& round);

/// Judges every unit that is still `revealed` by its check: `accepted`, `disputed`, or `unaudited`.
void judge_checks(Overlay& state, const Parameters& parameters, RoundRecord& round, protocol::Height height,
                  Events& events);

}  // namespace dure::ledger
