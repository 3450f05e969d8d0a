// How much of a work unit is audited, and which segments: more for a trainer who has little to lose. Integer
// arithmetic; docs/protocol/rounds.md derives why cheating loses.
#pragma once

#include <cstdint>
#include <vector>

#include "base/money.h"
#include "base/protocol/types.h"
#include "ledger/draws/draw.h"
#include "ledger/records/parameters.h"

namespace dure::ledger {

/// What an accepted unit earns at most: the compute part of the round's pool over the units it is meant for.
Shares unit_value(const Parameters& parameters, protocol::Round round);

/// Segments to audit of `segments`: max(1, ceil(segments × value × safety / stake)), where `stake` is what a
/// lost dispute would take for each unit of this round. All of them if that is more than half.
std::uint32_t audited_segments(const Parameters& parameters, std::uint32_t segments, Shares value,
                               Shares stake);

/// `count` different segments, ascending, no two adjacent (nor the first and the last: they count as a ring, so
/// that each segment is as likely as another). Needs 0 < 2 × count ≤ segments.
std::vector<std::uint32_t> draw_segments(Draw& draw, std::uint32_t segments, std::uint32_t count);

}  // namespace dure::ledger
