// The life of a round (docs/protocol/rounds.md):
//
//   joining → drawing → training → revealing → drawing_auditors ⇄ auditing → opening → checking
//   → attesting → opening_attestations → decided, or voided from training on
//
// Phases end early when all that they wait for is there, else at their deadline. At any time one round is
// live (the oldest unfinished one) and may be past joining; then the next one may be joined already.
// Everything moves at the end of a block.
#pragma once

#include "ledger/records/events.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// Round 1, open for joining.
void open_first_round(Overlay& state);

/// Moves the live round on as far as it goes at the end of this block.
void advance_rounds(Overlay& state, const Parameters& parameters, protocol::Height height, Events& events);

/// The round that may be joined now.
protocol::Round round_to_join(const StateReader& state);

/// Blocks in which attestations may still be opened once enough of them agree: who sent his at once is in time.
inline constexpr std::uint64_t k_late_opening_blocks = 2;

}  // namespace dure::ledger
