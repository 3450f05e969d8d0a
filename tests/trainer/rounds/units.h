// Work units to test with: one that learns, and one whose numbers overflow at a step of choice.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/trainer/support.h"
#include "trainer/model/layout.h"
#include "trainer/rounds/work_unit.h"

namespace dure::trainer::testing {

struct SampleUnit {
    Checkpoint base = *initial_checkpoint(tiny_model(), 1);
    TrainConfig train = tiny_training();
    std::vector<std::int32_t> windows = random_windows(train);

    WorkUnit unit() const { return {&base, train, windows}; }

    static std::vector<std::int32_t> random_windows(const TrainConfig& train) {
        return random_tokens(train.windows_per_unit() * train.window_tokens(), tiny_model().active_vocab, 21);
    }
};

inline SampleUnit sample_unit(std::uint32_t steps, std::uint32_t segment_steps) {
    SampleUnit sample;
    sample.train.steps = steps;
    sample.train.segment_steps = segment_steps;
    sample.windows = SampleUnit::random_windows(sample.train);
    return sample;
}

// The gradient overflows when token 20 is read, which happens from step `step` (from 1) on: the token's
// embedding is so small that its RMSNorm multiplies the gradient of a very large head by a million.
inline SampleUnit overflowing_unit(std::uint32_t step, std::uint32_t steps, std::uint32_t segment_steps) {
    SampleUnit sample = sample_unit(steps, segment_steps);
    ModelConfig config = tiny_model(false);
    config.norm_epsilon = Float32(1e-12F);
    sample.base = *initial_checkpoint(config, 1);
    const ParameterLayout layout = make_layout(config);
    const auto parameters = sample.base.parameters.begin();
    for (const Tensor& tensor : layout.tensors) {
        const auto begin = parameters + tensor.offset;
        if (tensor.kind == TensorKind::residual_matrix) std::fill_n(begin, tensor.size(), 0.0F);
        if (tensor.kind == TensorKind::head)
            std::for_each_n(begin, tensor.size(), [](float& p) { p *= 1e16F; });
    }
    std::fill_n(parameters + layout.embedding + 20 * std::int64_t{config.dim}, config.dim, 1e-9F);
    sample.train.learning_rate = sample.train.learning_rate_floor = Float32(1e-9F);
    for (auto& token : sample.windows)
        token = token % 20;
    const std::size_t step_tokens = std::size_t{sample.train.batch} * sample.train.window_tokens();
    for (std::size_t i = (step - 1) * step_tokens; i < sample.windows.size(); i += 3)
        sample.windows[i] = 20;
    return sample;
}

}  // namespace dure::trainer::testing
