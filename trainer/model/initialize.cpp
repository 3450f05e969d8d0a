#include "trainer/model/initialize.h"

#include <cmath>

#include "trainer/kernels/splitmix.h"
#include "trainer/model/layout.h"

namespace dure::trainer {
namespace {

// The sum of four 16-bit uniforms less its mean, twice: an integer of mean 0.
std::int32_t centered_sum(std::uint64_t bits) {
    std::int32_t sum = 0;
    for (int i = 0; i < 4; ++i)
        sum += static_cast<std::int32_t>((bits >> (16 * i)) & 0xFFFFU);
    return 2 * sum - 4 * 0xFFFF;
}

// Its standard deviation: sqrt(4 * 4 * (65536^2 - 1) / 12).
constexpr double k_centered_sum_deviation = 75674.45447441297;

double standard_deviation(const Tensor& tensor, const ModelConfig& config) {
    const double fan_in = 1.0 / std::sqrt(static_cast<double>(tensor.columns));
    switch (tensor.kind) {
        case TensorKind::embedding:
        case TensorKind::head:
            return 0.02;
        case TensorKind::residual_matrix:
            return fan_in / std::sqrt(2.0 * config.layers);
        case TensorKind::matrix:
        case TensorKind::gain:
            break;
    }
    return fan_in;
}

}  // namespace

std::vector<float> initialize_parameters(const ModelConfig& config, std::uint64_t seed) {
    const ParameterLayout layout = make_layout(config);
    std::vector<float> parameters(static_cast<std::size_t>(layout.count));
    SplitMix64 random(seed);
    for (const Tensor& tensor : layout.tensors) {
        const auto begin = static_cast<std::size_t>(tensor.offset);
        const auto end = begin + static_cast<std::size_t>(tensor.size());
        if (tensor.kind == TensorKind::gain) {
            for (std::size_t i = begin; i < end; ++i)
                parameters[i] = 1.0F;
            continue;
        }
        const double factor = standard_deviation(tensor, config) / k_centered_sum_deviation;
        for (std::size_t i = begin; i < end; ++i) {
            parameters[i] = static_cast<float>(static_cast<double>(centered_sum(random.next())) * factor);
        }
    }
    return parameters;
}

}  // namespace dure::trainer
