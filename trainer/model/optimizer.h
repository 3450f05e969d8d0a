// One AdamW step with global-norm clipping and the schedule of a work unit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/kernels/kernels.h"
#include "trainer/model/config.h"
#include "trainer/model/layout.h"

namespace dure::trainer {

/// First and second moments, zero at first: [count] each.
struct Moments {
    std::vector<float> first;
    std::vector<float> second;

    explicit Moments(std::size_t count) : first(count, 0.0F), second(count, 0.0F) {}
};

enum class StepOutcome : std::uint8_t { done, not_finite };

/// Step `step` (from 1) of a work unit: clips `gradient` to clip_norm and updates parameters and moments in
/// place. `not_finite`: the gradient's norm or an updated parameter is infinite or NaN; then parameters and
/// moments are lost to the caller, who recomputes the last finite state.
StepOutcome adamw_step(const Kernels& kernels, const ParameterLayout& layout, const TrainConfig& config,
                       std::uint32_t step, std::span<float> parameters, Moments& moments,
                       std::span<const float> gradient);

}  // namespace dure::trainer
