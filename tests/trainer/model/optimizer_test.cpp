#include "trainer/model/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/trainer/support.h"
#include "trainer/model/initialize.h"

namespace dure::trainer {
namespace {

using testing::fastest_machine;
using testing::Numbers;
using testing::tiny_model;
using testing::tiny_training;

std::vector<float> some_gradient(std::size_t count, float size) {
    Numbers numbers(9);
    std::vector<float> gradient(count);
    for (float& g : gradient)
        g = size * numbers.unit();
    return gradient;
}

TEST(AdamWStep, IsThatOfThePaper) {
    const auto machine = fastest_machine();
    const ParameterLayout layout = make_layout(tiny_model());
    TrainConfig train = tiny_training();
    train.clip_norm = Float32(0.5F);
    auto parameters = initialize_parameters(tiny_model(), 1);
    std::vector<double> expected(parameters.begin(), parameters.end());
    std::vector<double> first(expected.size(), 0.0);
    std::vector<double> second(expected.size(), 0.0);
    Moments moments(parameters.size());
    const auto gradient = some_gradient(parameters.size(), 1.0F);
    double norm = 0;
    for (const float g : gradient)
        norm += static_cast<double>(g) * static_cast<double>(g);
    norm = std::sqrt(norm);
    const double rates[] = {1e-2, 1e-3 + 0.5 * 9e-3,
                            1e-3};  // peak after the warm-up, half of the cosine, floor
    for (std::uint32_t step = 1; step <= 3; ++step) {
        ASSERT_EQ(adamw_step(*machine.kernels, layout, train, step, parameters, moments, gradient),
                  StepOutcome::done);
        for (const Tensor& tensor : layout.tensors) {
            const double decay = tensor.kind == TensorKind::gain ? 0.0 : train.weight_decay.exact();
            for (std::int64_t k = 0; k < tensor.size(); ++k) {
                const auto i = static_cast<std::size_t>(tensor.offset + k);
                const double g = static_cast<double>(gradient[i]) * 0.5 / norm;
                first[i] = 0.9 * first[i] + 0.1 * g;
                second[i] = 0.95 * second[i] + 0.05 * g * g;
                const double m = first[i] / (1 - std::pow(0.9, step));
                const double v = second[i] / (1 - std::pow(0.95, step));
                expected[i] -= rates[step - 1] * (m / (std::sqrt(v) + 1e-8) + decay * expected[i]);
                ASSERT_NEAR(static_cast<double>(parameters[i]), expected[i], 2e-6)
                    << tensor.name << " step " << step;
            }
        }
    }
}

TEST(AdamWStep, SaysWhenNumbersCeaseToBeFinite) {
    const auto machine = fastest_machine();
    const ParameterLayout layout = make_layout(tiny_model());
    for (const float bad :
         {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN(), 1e30F}) {
        auto parameters = initialize_parameters(tiny_model(), 1);
        Moments moments(parameters.size());
        auto gradient = some_gradient(parameters.size(), 1.0F);
        gradient[5] = bad;  // 1e30: the sum of squares overflows
        EXPECT_EQ(adamw_step(*machine.kernels, layout, tiny_training(), 1, parameters, moments, gradient),
                  StepOutcome::not_finite);
    }
}

}  // namespace
}  // namespace dure::trainer
