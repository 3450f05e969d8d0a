#include "trainer/kernels/scalar_math.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/trainer/kernels/machines.h"

namespace dure::trainer::testing {
namespace {

double random_double(Random& random, double low, double high) {
    return low + (high - low) * (static_cast<double>(random.next() >> 11) * 0x1p-53);
}

TEST(ScalarMath, AgreesWithLibm) {
    Random random(30);
    for (int64_t i = 0; i < 200000 * test_scale(); ++i) {
        const double x = random_double(random, -700.0, 700.0);
        EXPECT_NEAR(scalar::exp(x) / std::exp(x), 1.0, 1e-15) << x;
        const double y = std::exp(x);
        EXPECT_NEAR(scalar::log(y), std::log(y), 1e-15 * std::fabs(std::log(y)) + 1e-300) << y;
        const double angle = random_double(random, -0x1p20, 0x1p20);
        EXPECT_NEAR(scalar::sin(angle), std::sin(angle), 1e-15) << angle;
        EXPECT_NEAR(scalar::cos(angle), std::cos(angle), 1e-15) << angle;
    }
    EXPECT_EQ(scalar::exp(0.0), 1.0);
    EXPECT_EQ(scalar::log(1.0), 0.0);
    EXPECT_EQ(scalar::sin(0.0), 0.0);
    EXPECT_EQ(scalar::cos(0.0), 1.0);
    EXPECT_EQ(scalar::power(3.0, 0), 1.0);
    EXPECT_EQ(scalar::power(3.0, 13), 1594323.0);
}

TEST(ScalarMath, RotaryTableHoldsTheCosinesOfAllAngles) {
    constexpr int64_t k_positions = 100;
    constexpr int64_t k_head_dim = 32;
    const RotaryTable table = make_rotary_table(k_positions, k_head_dim, 10000.0);
    for (int64_t p = 0; p < k_positions; ++p) {
        for (int64_t i = 0; i < k_head_dim / 2; ++i) {
            const double angle =
                static_cast<double>(p) * std::pow(10000.0, -2.0 * static_cast<double>(i) / k_head_dim);
            const size_t at = static_cast<size_t>(p * k_head_dim / 2 + i);
            EXPECT_NEAR(table.cosines[at], std::cos(angle), 1e-7);
            EXPECT_NEAR(table.sines[at], std::sin(angle), 1e-7);
        }
    }
}

TEST(ScalarMath, ScheduleWarmsUpAndFallsToItsFloor) {
    EXPECT_DOUBLE_EQ(cosine_schedule(1.0, 0.1, 10, 100, 1), 0.1);
    EXPECT_DOUBLE_EQ(cosine_schedule(1.0, 0.1, 10, 100, 10), 1.0);
    EXPECT_NEAR(cosine_schedule(1.0, 0.1, 10, 100, 55), 0.55, 1e-15);
    EXPECT_DOUBLE_EQ(cosine_schedule(1.0, 0.1, 10, 100, 100), 0.1);
    EXPECT_DOUBLE_EQ(cosine_schedule(1.0, 0.1, 10, 100, 1000), 0.1);
    EXPECT_DOUBLE_EQ(cosine_schedule(1.0, 0.1, 0, 0, 1), 0.1);
}

TEST(ScalarMath, ClippingScalesOnlyLongGradients) {
    EXPECT_EQ(clip_factor(4.0f, 1.0), 0.5f);
    EXPECT_EQ(clip_factor(4.0f, 2.0), 1.0f);
    EXPECT_EQ(clip_factor(4.0f, 0.0), 1.0f);
    EXPECT_EQ(clip_factor(0.0f, 1.0), 1.0f);
}

}  // namespace
}  // namespace dure::trainer::testing
