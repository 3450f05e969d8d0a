#include "trainer/model/initialize.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/hash.h"
#include "tests/trainer/support.h"
#include "trainer/model/layout.h"
#include "trainer/model/recipe.h"

namespace dure::trainer {
namespace {

TEST(Initialize, IsAFunctionOfConfigAndSeed) {
    const ModelConfig config = testing::tiny_model();
    EXPECT_EQ(initialize_parameters(config, 7), initialize_parameters(config, 7));
    EXPECT_NE(initialize_parameters(config, 7), initialize_parameters(config, 8));
}

TEST(Initialize, HasTheStatedSpread) {
    const ModelConfig config = default_devnet_recipe(2048).model;
    const std::vector<float> parameters = initialize_parameters(config, 1);
    for (const Tensor& tensor : make_layout(config).tensors) {
        double sum = 0;
        double squares = 0;
        for (std::int64_t i = 0; i < tensor.size(); ++i) {
            const double x = static_cast<double>(parameters[static_cast<std::size_t>(tensor.offset + i)]);
            sum += x;
            squares += x * x;
        }
        const double count = static_cast<double>(tensor.size());
        const double root_mean_square = std::sqrt(squares / count);
        double expected = 1.0 / std::sqrt(static_cast<double>(tensor.columns));
        if (tensor.kind == TensorKind::gain) expected = 1.0;
        if (tensor.kind == TensorKind::embedding) expected = 0.02;
        if (tensor.kind == TensorKind::residual_matrix) expected /= std::sqrt(2.0 * config.layers);
        EXPECT_NEAR(root_mean_square / expected, 1.0, 0.02) << tensor.name;
        if (tensor.kind == TensorKind::gain) continue;
        EXPECT_NEAR(sum / count / expected, 0.0, 0.03) << tensor.name;
    }
}

}  // namespace
}  // namespace dure::trainer
