// The rotary positions of a model: its base frequencies, scaled where the model has a feature that says so.
#pragma once

#include <cstdint>

#include "trainer/kernels/scalar_math.h"
#include "trainer/model/config.h"

namespace dure::trainer {

/// For positions below `positions`. Needs a valid config.
RotaryTable make_rotary_table(const ModelConfig& config, std::int64_t positions);

}  // namespace dure::trainer
