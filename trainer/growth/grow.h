// Growth: a checkpoint of a larger shape that says what the smaller one said.
//
// Promise: the logits of the old vocabulary rows are identical to the last bit before and after, on every
// instruction set, in prefill and decoding. New layers and new columns of what is added to the residual stream
// are zero and stand last, so they lengthen sums by zeros at the end; whatever reads only new features starts
// at random. docs/protocol/rounds-training.md states each element. Not here: a wider residual stream
// (widen.h), and when to grow.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "trainer/model/config.h"
#include "trainer/rounds/checkpoint.h"

namespace dure::trainer {

/// Whether a model of shape `from` can grow to shape `to`: more layers, feed-forward units, key/value groups
/// with their query heads, vocabulary rows (in use or masked) or positions, and nothing else changed. Errors:
/// `out_of_range` if one of them does not validate, `invalid` for what cannot change so, with the field, both
/// values and what it may be.
Status check_growth(const ModelConfig& from, const ModelConfig& to);

/// The grown checkpoint: a function of its arguments. What is new and not zero is what checkpoint 0 of the
/// next shape would have there with this seed; the new parameters' outer momentum is zero. Errors: those of
/// check_growth. Needs a checkpoint whose arrays fit its config.
Result<Checkpoint> grow(const Checkpoint& checkpoint, const ModelConfig& next, std::uint64_t seed);

/// An array with one value a parameter (moments, momentum) in the grown layout; new places are +0. Needs
/// check_growth, values [from.parameter_count()].
std::vector<float> grow_values(const ModelConfig& from, const ModelConfig& to, std::span<const float> values);

}  // namespace dure::trainer
