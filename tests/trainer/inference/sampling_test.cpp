#include "trainer/inference/sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/trainer/support.h"

namespace dure::trainer {
namespace {

using testing::fastest_machine;

std::int32_t sample(const Kernels& kernels, const std::vector<float>& logits, std::int64_t active,
                    const SamplingParams& params, std::uint64_t position) {
    std::vector<float> scratch(logits.size());
    return sample_token(kernels, logits, active, params, position, scratch);
}

TEST(Sampling, GreedyTakesTheFirstOfTheLargest) {
    const auto machine = fastest_machine();
    SamplingParams params;
    params.temperature = Float32(0.0F);
    EXPECT_EQ(sample(*machine.kernels, {1, 3, 3, 9}, 3, params, 0), 1);
    EXPECT_EQ(sample(*machine.kernels, {1, 3, 3, 9}, 4, params, 0), 3);
}

TEST(Sampling, ASmallTopPIsGreedyWithTiesToTheLowerId) {
    const auto machine = fastest_machine();
    SamplingParams params;
    params.top_p = Float32(1e-6F);
    for (std::uint64_t position = 0; position < 100; ++position) {
        EXPECT_EQ(sample(*machine.kernels, {1, 3, 3, 2}, 4, params, position), 1);
    }
}

TEST(Sampling, FrequenciesFollowTheProbabilities) {
    const auto machine = fastest_machine();
    const std::vector<float> logits{std::log(0.5F), std::log(0.3F), std::log(0.15F), std::log(0.05F), 9.0F};
    SamplingParams params;
    params.temperature = Float32(1.0F);
    const auto counts = [&] {
        std::vector<int> result(5, 0);
        for (std::uint64_t i = 0; i < 4000; ++i)
            ++result[static_cast<std::size_t>(sample(*machine.kernels, logits, 4, params, i))];
        return result;
    };
    params.top_p = Float32(1.0F);
    auto all = counts();
    EXPECT_NEAR(all[0], 2000, 150);
    EXPECT_NEAR(all[1], 1200, 150);
    EXPECT_NEAR(all[2], 600, 120);
    EXPECT_NEAR(all[3], 200, 70);
    EXPECT_EQ(all[4], 0);
    params.top_p = Float32(0.75F);  // 0.5 and 0.3 reach it
    all = counts();
    EXPECT_NEAR(all[0], 2500, 150);
    EXPECT_NEAR(all[1], 1500, 150);
    EXPECT_EQ(all[2] + all[3] + all[4], 0);
    params.top_p = Float32(1.0F);
    params.temperature = Float32(0.5F);  // squares the ratios: 0.25 : 0.09 : ..
    all = counts();
    EXPECT_NEAR(all[0] * 1.0 / all[1], 0.25 / 0.09, 0.4);
}

TEST(Sampling, ParamsAreChecked) {
    EXPECT_TRUE(SamplingParams{}.validate());
    const auto refused = [](auto change) {
        SamplingParams params;
        change(params);
        return !params.validate();
    };
    EXPECT_TRUE(refused([](auto& p) { p.max_tokens = 0; }));
    EXPECT_TRUE(refused([](auto& p) { p.temperature = Float32(-1.0F); }));
    EXPECT_TRUE(refused([](auto& p) { p.temperature = Float32(std::numeric_limits<float>::quiet_NaN()); }));
    EXPECT_TRUE(refused([](auto& p) { p.temperature = Float32(1e-9F); }));
    EXPECT_TRUE(refused([](auto& p) { p.top_p = Float32(0.0F); }));
    EXPECT_TRUE(refused([](auto& p) { p.top_p = Float32(1.5F); }));
    EXPECT_TRUE(refused([](auto& p) { p.stop_tokens.assign(65, 1); }));
}

}  // namespace
}  // namespace dure::trainer
