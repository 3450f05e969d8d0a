// A work unit: H AdamW steps from a round's base checkpoint over given windows. Trainer and auditor run the
// same function.
//
// Promise: the same unit gives the same result, bit for bit, on every instruction set and any number of
// threads. Nothing private enters it: the optimizer's state starts at zero. Not here: which windows (the
// ledger draws them).
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "base/hash.h"
#include "base/result.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/config.h"
#include "trainer/rounds/checkpoint.h"

namespace dure::trainer {

struct WorkUnit {
    const Checkpoint* base = nullptr;
    TrainConfig train;
    Hash seed;                              ///< of this unit of this round; salts the segment leaves
    std::span<const std::int32_t> windows;  ///< [steps * batch, sequence + 1], step by step
};

struct UnitResult {
    Bytes update;       ///< the encoded update: the blob to publish
    Hash update_hash;   ///< blob_hash(update)
    Hash segment_root;  ///< Merkle root over segment_leaf at the start, each segment boundary and the end
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

/// Errors: `out_of_range` for configs that do not validate, `invalid` for windows of a wrong size or with ids
/// outside the vocabulary, `unavailable` when cancelled. `progress` may be empty.
Result<UnitResult> train_unit(const Kernels& kernels, const WorkUnit& unit,
                              const ProgressCallback& progress = {});

/// H(salt, array_root(parameters), root over both moments' chunks).
Hash segment_leaf(const Hash& salt, std::span<const float> parameters, std::span<const float> first_moment,
                  std::span<const float> second_moment);

}  // namespace dure::trainer
