// The proof that a grown model says what the smaller one said: both read the same text, and the logits of the
// rows that the smaller one had in use must be equal, bit for bit.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "trainer/kernels/kernels.h"
#include "trainer/rounds/checkpoint.h"

namespace dure::trainer {

/// Behind the whole text read at once, and behind each of its tokens. Errors: `invalid`, naming the first place
/// where they differ; those of Generator. Needs arrays that fit their configs, tokens that both know and have
/// positions for, at least one.
Status check_same_logits(const Kernels& kernels, const Checkpoint& before, const Checkpoint& after,
                         std::span<const std::int32_t> tokens);

}  // namespace dure::trainer
