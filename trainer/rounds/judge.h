// Judging models and data by the loss on a hold-out, as integers that everybody computes alike.
#pragma once

#include <cstdint>
#include <span>

#include "base/hash.h"
#include "base/result.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/config.h"
#include "trainer/rounds/checkpoint.h"

namespace dure::trainer {

/// The mean loss in micro-nats over at most train.held_out_windows windows, spread evenly over `tokens`.
/// Errors: `out_of_range` for configs that do not validate, `insufficient` for fewer than sequence + 1
/// tokens, `invalid` for ids outside the vocabulary or a loss that is not finite.
Result<std::uint64_t> held_out_loss(const Kernels& kernels, const Checkpoint& checkpoint,
                                    const TrainConfig& train, std::span<const std::int32_t> tokens);

/// What a shard is worth: by how many micro-nats the mean loss over `windows` (sequence + 1 tokens each, one after
/// the other) falls with one gradient step of norm train.score_step on windows that `seed` draws from the shard.
/// Zero if it rises, if the shard is shorter than a window, if the gradient vanishes, or if there are no windows.
/// Errors: as held_out_loss.
Result<std::uint64_t> score_shard(const Kernels& kernels, const Checkpoint& checkpoint,
                                  const TrainConfig& train, std::span<const std::int32_t> shard_tokens,
                                  const Hash& seed, std::span<const std::int32_t> windows);

}  // namespace dure::trainer
