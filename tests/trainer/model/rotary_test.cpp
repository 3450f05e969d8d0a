#include "trainer/model/rotary.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/trainer/support.h"

namespace dure::trainer {
namespace {

constexpr std::int64_t k_positions = 40;

ModelConfig model_with(const ModelFeature& feature) {
    ModelConfig config = testing::tiny_model();
    config.head_dim = 32;
    config.features.push_back(feature);
    return config;
}

void expect_frequencies(const RotaryTable& table, const std::vector<double>& frequencies) {
    for (std::int64_t p = 0; p < k_positions; ++p) {
        for (std::size_t i = 0; i < frequencies.size(); ++i) {
            const std::size_t at = static_cast<std::size_t>(p) * frequencies.size() + i;
            const double angle = static_cast<double>(p) * frequencies[i];
            ASSERT_NEAR(table.cosines[at], std::cos(angle), 1e-7) << p << ", " << i;
            ASSERT_NEAR(table.sines[at], std::sin(angle), 1e-7) << p << ", " << i;
        }
    }
}

std::vector<double> plain_frequencies(const ModelConfig& config) {
    std::vector<double> frequencies;
    for (std::uint32_t i = 0; i < config.head_dim / 2; ++i)
        frequencies.push_back(std::pow(config.rope_theta.exact(), -2.0 * i / config.head_dim));
    return frequencies;
}

TEST(Rotary, WithoutScalingIsThePlainTable) {
    const ModelConfig config = testing::tiny_model();
    const RotaryTable table = make_rotary_table(config, k_positions);
    const RotaryTable plain = make_rotary_table(k_positions, config.head_dim, config.rope_theta.exact());
    EXPECT_EQ(table.cosines, plain.cosines);
    EXPECT_EQ(table.sines, plain.sines);
}

TEST(Rotary, LinearScalingDividesPositions) {
    const ModelConfig config = model_with(LinearRope{Float32(4.0F)});
    std::vector<double> frequencies = plain_frequencies(config);
    for (double& frequency : frequencies)
        frequency /= 4.0;
    expect_frequencies(make_rotary_table(config, k_positions), frequencies);
}

// Written from the wavelengths, as the scaling was published.
TEST(Rotary, Llama3ScalingGoesByWavelength) {
    constexpr double k_factor = 8;
    constexpr double k_low = 1;
    constexpr double k_high = 4;
    constexpr double k_original = 1024;
    const ModelConfig config = model_with(Llama3Rope{Float32(8.0F), Float32(1.0F), Float32(4.0F), 1024});
    std::vector<double> frequencies = plain_frequencies(config);
    int kept = 0, mixed = 0, divided = 0;
    for (double& frequency : frequencies) {
        const double wavelength = 2.0 * std::acos(-1.0) / frequency;
        if (wavelength < k_original / k_high) {
            ++kept;
        } else if (wavelength > k_original / k_low) {
            frequency /= k_factor;
            ++divided;
        } else {
            const double mix = (k_original / wavelength - k_low) / (k_high - k_low);
            frequency = (1 - mix) * frequency / k_factor + mix * frequency;
            ++mixed;
        }
    }
    EXPECT_TRUE(kept > 0 && mixed > 0 && divided > 0);
    expect_frequencies(make_rotary_table(config, k_positions), frequencies);
}

}  // namespace
}  // namespace dure::trainer
