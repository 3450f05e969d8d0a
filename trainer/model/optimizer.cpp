#include "trainer/model/optimizer.h"

#include <cmath>

#include "base/assert.h"
#include "trainer/kernels/scalar_math.h"

namespace dure::trainer {

StepOutcome adamw_step(const Kernels& kernels, const ParameterLayout& layout, const TrainConfig& config,
                       std::uint32_t step, std::span<float> parameters, Moments& moments,
                       std::span<const float> gradient) {
    DURE_ASSERT(parameters.size() == gradient.size() && moments.first.size() == gradient.size() &&
                moments.second.size() == gradient.size());
    const auto count = static_cast<std::int64_t>(gradient.size());
    kernels.clip(moments.clipping.data(), gradient.data(), count, config.clip_norm.exact());
    const double rate = cosine_schedule(config.learning_rate.exact(), config.learning_rate_floor.exact(),
                                        config.warmup_steps, config.steps, step);
    AdamWSettings settings{config.beta1.exact(), config.beta2.exact(), config.epsilon.exact(),
                           config.weight_decay.exact()};
    const AdamWScalars for_matrices = adamw_scalars(settings, rate, step, 1.0F);
    settings.weight_decay = 0;
    const AdamWScalars for_gains = adamw_scalars(settings, rate, step, 1.0F);
    for (const Tensor& tensor : layout.tensors) {
        const auto at = static_cast<std::size_t>(tensor.offset);
        kernels.adamw_clipped(parameters.data() + at, moments.first.data() + at, moments.second.data() + at,
                              gradient.data() + at, tensor.size(),
                              tensor.kind == TensorKind::gain ? for_gains : for_matrices,
                              moments.clipping.data() + 1);
    }
    float squares = 0;
    kernels.device().download(&squares, moments.clipping.data(), sizeof squares);
    const bool finite = std::isfinite(squares) && kernels.all_finite(parameters.data(), count);
    return finite ? StepOutcome::done : StepOutcome::not_finite;
}

}  // namespace dure::trainer
