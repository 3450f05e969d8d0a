// A work unit: H AdamW steps from a round's base checkpoint over given windows. Trainer and auditor run the
// same steps (walk.h); this is the trainer's side, replay.h the auditor's.
//
// Promise: the same unit gives the same result, bit for bit, on every instruction set and any number of
// threads. Nothing private enters update or states: the optimizer's state starts at zero; the trainer's secret
// only salts the leaves of the segment root. Not here: which windows (the ledger draws them).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/segments.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/config.h"
#include "trainer/rounds/checkpoint.h"
#include "trainer/rounds/training_state.h"

namespace dure::trainer {

struct WorkUnit {
    const Checkpoint* base = nullptr;
    TrainConfig train;
    std::span<const std::int32_t> windows;  ///< [steps * batch, sequence + 1], step by step

    std::uint32_t segments() const { return segments_in(train.steps, train.segment_steps); }
    std::uint32_t boundary_step(std::uint32_t boundary) const {
        return dure::boundary_step(train.steps, train.segment_steps, boundary);
    }

    /// Errors: `out_of_range` for configs that do not validate, `invalid` for windows or a base of a wrong size
    /// or ids outside the vocabulary.
    Status check() const;
};

struct UnitResult {
    Bytes update;                  ///< the encoded update: the blob to publish
    Hash update_hash;              ///< blob_hash(update)
    std::vector<Hash> states;      ///< at each of the segments() + 1 boundaries, see base/segments.h
    Hash segment_root;             ///< over the states, salted by the secret
    std::uint64_t tokens = 0;      ///< trained on: the steps done * batch * sequence
    std::uint64_t loss_first = 0;  ///< mean loss of the first step in micro-nats
    std::uint64_t loss_last = 0;   ///< of the last step done
    bool is_null = false;          ///< the numbers ceased to be finite; see update.h
};

struct UnitProgress {
    std::uint32_t step = 0;  ///< steps done
    std::uint32_t steps = 0;
    std::uint64_t loss = 0;  ///< of the last step, in micro-nats
};

/// Called after every step; return false to cancel.
using ProgressCallback = std::function<bool(const UnitProgress&)>;

/// Is handed each state that is reported, as it comes about; of a null unit only those before the step that
/// failed. `boundary` counts segment boundaries from 0. The state is gone when the call returns.
using KeepState = std::function<void(std::uint32_t boundary, const TrainingState&)>;

/// Errors: those of WorkUnit::check, `unavailable` when cancelled. `progress` and `keep` may be empty.
Result<UnitResult> train_unit(const Kernels& kernels, const WorkUnit& unit, const Hash& secret,
                              const ProgressCallback& progress = {}, const KeepState& keep = {});

}  // namespace dure::trainer
