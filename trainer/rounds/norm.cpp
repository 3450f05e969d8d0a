#include "trainer/rounds/norm.h"

#include <cmath>
#include <string>
#include <vector>

namespace dure::trainer {

float norm_squared(const Kernels& kernels, const Update& update) {
    std::vector<float> values(static_cast<std::size_t>(update.count()));
    update.dequantize(values);
    return kernels.host().sum_of_squares(values.data(), static_cast<std::int64_t>(values.size()));
}

Status check_norm(const TrainConfig& train, float norm_squared) {
    const double limit = train.update_norm_refused.exact();
    const double norm = std::sqrt(static_cast<double>(norm_squared));
    if (limit <= 0.0 || norm <= limit) return {};
    return Error{ErrorCode::out_of_range, "the update's norm is " + std::to_string(norm) +
                                              "; the chain merges none above " + std::to_string(limit)};
}

}  // namespace dure::trainer
