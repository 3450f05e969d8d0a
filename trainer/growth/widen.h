// A wider residual stream.
//
// Promise: the logits stay the same *to rounding*, not to the last bit: each norm takes its mean over more
// features, which its gain makes up for by a factor that is rounded. Where the width grows by a power of four
// (to at most 8192) the factor is a power of two, and then no bit changes. docs/protocol/rounds-training.md states
// each element. Not here: all other growth (grow.h), which is exact always.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "trainer/rounds/checkpoint.h"

namespace dure::trainer {

/// The checkpoint with a residual stream of `dim` features: a function of its arguments. The new features are
/// zero until training writes to them. norm_epsilon shrinks by the width's ratio. Errors: `out_of_range` for a
/// width that does not validate, `invalid` for one that is smaller or no multiple of the old width's block.
Result<Checkpoint> widen(const Checkpoint& checkpoint, std::uint32_t dim, std::uint64_t seed);

}  // namespace dure::trainer
