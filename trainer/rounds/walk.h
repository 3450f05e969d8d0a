// The one loop of steps in which every state of a work unit comes about: from a state, step after step, with
// the hashes of the states that are asked for.
//
// A step is not finite if one of its losses, the gradient's norm or a parameter after it is infinite or NaN;
// then the walk ends before it, and every later stop has not_finite_state of it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "trainer/kernels/kernels.h"
#include "trainer/rounds/training_state.h"
#include "trainer/rounds/update.h"
#include "trainer/rounds/work_unit.h"

namespace dure::trainer {

struct Walk {
    std::vector<Hash> states;       ///< at each stop
    std::uint32_t steps_done = 0;   ///< of the unit's, with those before the start
    std::uint32_t failed_step = 0;  ///< from 1; 0: all steps are finite
    std::vector<float> parameters;  ///< at the end; empty if a step failed
    std::uint64_t loss_first = 0;   ///< of the first step walked, in micro-nats
    std::uint64_t loss_last = 0;    ///< of the last one done
};

/// Called with the number of a stop and the state there.
using SeeState = std::function<void(std::size_t stop, const TrainingState&)>;

/// `start`: nothing for the base. `stops`: steps done at which the state is asked for, ascending, at least
/// the start's; the walk ends at the last. Needs a unit that passes its check() and a start of the model's
/// size. Errors: `unavailable` when cancelled.
Result<Walk> walk(const Kernels& kernels, const WorkUnit& unit, const TrainingState* start,
                  std::span<const std::uint32_t> stops, const ProgressCallback& progress,
                  const SeeState& see);

/// The update of a unit that was walked from its base to its last step.
Update update_of(const WorkUnit& unit, const Walk& whole);

}  // namespace dure::trainer
