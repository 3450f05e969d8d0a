// Half of a unit, handed in as a whole one: what several cheats begin with.
#pragma once

#include "ledger/records/unit.h"
#include "tests/adversary/adversaries/training_cheat.h"

namespace dure::adversary {

/// As trainer::train_unit, for half of the steps: the states behind stay what they are there.
Result<trainer::UnitResult> train_half(const trainer::Kernels& kernels, const trainer::WorkUnit& unit,
                                       const Hash& secret, const trainer::ProgressCallback& progress,
                                       const trainer::KeepState& keep);

/// Whether one of the drawn audits replays a segment that train_half left out.
bool will_be_seen(const ledger::UnitRecord& unit);

}  // namespace dure::adversary
