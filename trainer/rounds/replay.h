// Replaying somebody's work unit, or a part of it: what auditors, the two sides of a dispute and its committee
// compute. The same steps as the trainer's (walk.h), so an honest trainer's states come out again bit for bit.
#pragma once

#include <cstdint>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "trainer/kernels/kernels.h"
#include "trainer/rounds/training_state.h"
#include "trainer/rounds/work_unit.h"

namespace dure::trainer {

/// Where a replay begins: at the public base, or at a state that somebody committed to and served.
struct ReplayStart {
    const TrainingState* state = nullptr;  ///< nothing: the base, before the first step
    Hash expected;                         ///< what the state's hash must be

    static ReplayStart base() { return {}; }
};

struct SegmentReplay {
    std::vector<Hash> states;  ///< at the end of each segment replayed
    Bytes update;              ///< of a replay of the whole unit from its base; else empty
    Hash update_hash;          ///< blob_hash(update), or zero
};

/// Replays segments first, first + 1, ..., `count` of them. `keep` gets the state at each one's end with the
/// boundary's number. Errors: those of WorkUnit::check; `out_of_range` for segments that the unit does not
/// have; `invalid` for a start that is not at boundary `first`, not of the model's size, not finite, or not
/// the one expected; `unavailable` when cancelled.
Result<SegmentReplay> replay_segments(const Kernels& kernels, const WorkUnit& unit, const ReplayStart& start,
                                      std::uint32_t first, std::uint32_t count,
                                      const ProgressCallback& progress = {}, const KeepState& keep = {});

/// The states after steps from + 1, ..., to (steps done), from a start after `from` steps. `see` gets each
/// with its number of steps. Errors: as above, `out_of_range` unless from < to <= steps.
Result<std::vector<Hash>> replay_steps(const Kernels& kernels, const WorkUnit& unit, const ReplayStart& start,
                                       std::uint32_t from, std::uint32_t to,
                                       const ProgressCallback& progress = {},
                                       const std::function<void(const TrainingState&)>& see = {});

}  // namespace dure::trainer
