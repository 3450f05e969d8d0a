#include "trainer/interchange/floats.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dure::trainer {
namespace {

// From the definition of binary16: (-1)^s * 2^(e - 15) * (1 + f / 1024), and without the 1 for e = 0.
double half_by_definition(std::uint32_t bits) {
    const int exponent = static_cast<int>((bits >> 10U) & 0x1FU);
    const double fraction = (bits & 0x3FFU) / 1024.0;
    const double sign = (bits & 0x8000U) != 0 ? -1.0 : 1.0;
    if (exponent == 0) return sign * std::ldexp(fraction, -14);
    return sign * std::ldexp(1.0 + fraction, exponent - 15);
}

TEST(Floats, EveryHalfIsReadExactly) {
    for (std::uint32_t bits = 0; bits < 0x10000U; ++bits) {
        const float value = float_from_half(static_cast<std::uint16_t>(bits));
        if ((bits & 0x7C00U) == 0x7C00U) {
            EXPECT_EQ(std::isinf(value), (bits & 0x3FFU) == 0) << bits;
            EXPECT_FALSE(std::isfinite(value)) << bits;
        } else {
            ASSERT_EQ(static_cast<double>(value), half_by_definition(bits)) << bits;
        }
        ASSERT_EQ(std::signbit(value), (bits & 0x8000U) != 0) << bits;
    }
}

TEST(Floats, Bfloat16IsTheUpperHalfOfAFloat) {
    EXPECT_EQ(float_from_bfloat16(0x3F80), 1.0F);
    EXPECT_EQ(float_from_bfloat16(0xC0A0), -5.0F);
    EXPECT_EQ(float_from_bfloat16(0x0001), 0x1p-133F);
    EXPECT_EQ(float_from_bfloat16(0x7F80), std::numeric_limits<float>::infinity());
}

}  // namespace
}  // namespace dure::trainer
