// One AdamW step with global-norm clipping and the schedule of a work unit.
#pragma once

#include <cstdint>
#include <span>

#include "trainer/kernels/device.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/config.h"
#include "trainer/model/layout.h"

namespace dure::trainer {

/// First and second moments, zero at first, [count] each, in the kernels' memory.
struct Moments {
    DeviceArray<float> first;
    DeviceArray<float> second;
    DeviceArray<float> clipping;  ///< [2]: Kernels::clip's numbers of the last step

    explicit Moments(std::size_t count, Device& device = host_device())
        : first(device, count), second(device, count), clipping(device, 2) {}
};

enum class StepOutcome : std::uint8_t { done, not_finite };

/// Step `step` (from 1) of a work unit: clips `gradient` to clip_norm and updates parameters and moments in
/// place, all in the memory of the kernels' device; waits for it at the end only. `not_finite`: the gradient's norm or an updated parameter is infinite or NaN; then parameters and
/// moments are lost to the caller, who recomputes the last finite state.
StepOutcome adamw_step(const Kernels& kernels, const ParameterLayout& layout, const TrainConfig& config,
                       std::uint32_t step, std::span<float> parameters, Moments& moments,
                       std::span<const float> gradient);

}  // namespace dure::trainer
