// Minting for a decided round: who gets how many new shares and why (docs/protocol/rounds.md, with numbers).
// Integer arithmetic; what floors leave over is not minted.
#pragma once

#include "ledger/records/events.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// What compute weighs: a whole accepted work unit.
inline constexpr std::uint64_t k_unit_weight = 1'000;
/// A unit whose numbers ceased to be finite weighs by the steps that were done.
std::uint64_t unit_weight(const ChainRecord& chain, const UnitRecord& unit);
/// An audit weighs by the part of the unit that it replays.
std::uint64_t audit_weight(const ChainRecord& chain, const AuditTask& task);

/// The pool of a round: the parameter, halved every `halving_rounds` rounds.
Shares round_pool(const Parameters& parameters, protocol::Round round);

/// Mints for `round`, writes its rows, and returns the summary. Takes up the scorers' credits and the
/// validators' block counts.
MintSummary mint_round(Overlay& state, const Parameters& parameters, const RoundRecord& round,
                       protocol::Height height, Events& events);

/// A voided round: the validators' block counts start anew, nothing else.
void forget_blocks(Overlay& state);

}  // namespace dure::ledger
