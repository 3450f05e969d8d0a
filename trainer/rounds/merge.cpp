#include "trainer/rounds/merge.h"

#include <string>

#include "trainer/kernels/scalar_math.h"
#include "trainer/rounds/norm.h"

namespace dure::trainer {

Result<Checkpoint> merge(const Kernels& given, const Checkpoint& base, const TrainConfig& train,
                         std::span<const Update> updates) {
    DURE_CHECK(train.validate_for(base.config));
    const Kernels& kernels = given.host();  // updates and checkpoints lie in the program's memory
    const std::size_t count = base.parameters.size();
    const auto size = static_cast<std::int64_t>(count);
    std::vector<float> mean(count, 0.0F);
    std::vector<float> one(count);
    std::uint32_t merged = 0;
    for (const Update& update : updates) {
        if (update.count() != count) {
            return Error{ErrorCode::invalid, "an update of " + std::to_string(update.count()) +
                                                 " parameters cannot be merged into a checkpoint of " +
                                                 std::to_string(count)};
        }
        if (update.is_null()) continue;
        update.dequantize(one);
        const float squares = kernels.sum_of_squares(one.data(), size);
        if (!check_norm(train, squares)) continue;
        const float factor = clip_factor(squares, train.update_norm_max.exact());
        kernels.scale(one.data(), one.data(), factor, size);
        kernels.add(mean.data(), mean.data(), one.data(), size);
        ++merged;
    }
    if (merged == 0) return Error{ErrorCode::invalid, "no update is left to merge: the round is void"};
    kernels.scale(mean.data(), mean.data(), static_cast<float>(1.0 / merged), size);

    const float momentum = train.outer_momentum.value();
    Checkpoint next = base;
    float* const velocity = next.outer_momentum.data();
    kernels.scale(velocity, velocity, momentum, size);
    kernels.add(velocity, velocity, mean.data(), size);
    // Nesterov: the step looks ahead along the new momentum.
    kernels.scale(one.data(), velocity, momentum, size);
    kernels.add(one.data(), one.data(), mean.data(), size);
    kernels.scale(one.data(), one.data(), train.outer_learning_rate.value(), size);
    kernels.subtract(next.parameters.data(), next.parameters.data(), one.data(), size);
    if (!kernels.all_finite(next.parameters.data(), size) || !kernels.all_finite(velocity, size)) {
        return Error{ErrorCode::invalid, "the merged checkpoint is not finite: the round is void"};
    }
    return next;
}

}  // namespace dure::trainer
