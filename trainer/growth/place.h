// Where the parameters of a smaller model stand in a larger one: each tensor is the first rows and columns of
// the larger tensor of its name.
#pragma once

#include <span>

#include "trainer/model/layout.h"

namespace dure::trainer {

/// Copies values [from.count] to their places in out [to.count]; the rest of `out` stays. Needs that no tensor
/// of `from` is missing in `to` or larger there.
void place_values(const ParameterLayout& from, std::span<const float> values, const ParameterLayout& to,
                  std::span<float> out);

}  // namespace dure::trainer
