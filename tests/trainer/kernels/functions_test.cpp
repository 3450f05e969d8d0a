// The elementary functions against libm's doubles, over a dense sample of all floats (all of them where
// DURE_TEST_SCALE is at least 1000), and bit for bit between the implementations.
#include <cmath>
#include <limits>

#include "tests/trainer/kernels/machines.h"

namespace dure::trainer::testing {
namespace {

using ArrayFunction = void (Kernels::*)(float*, const float*, int64_t) const;

struct Function {
    const char* name;
    ArrayFunction fast;
    double (*exact)(double);
    double ulps_most;
};

double exact_sigmoid(double x) {
    return 1.0 / (1.0 + std::exp(-x));
}

// |actual - exact| in units of the last place of the float nearest to exact.
double error_in_ulps(float actual, double exact) {
    if (std::isnan(exact)) return std::isnan(actual) ? 0.0 : 1e9;
    const float nearest = static_cast<float>(exact);
    if (std::isinf(nearest) || std::isinf(actual)) return nearest == actual ? 0.0 : 1e9;
    const int exponent = exact == 0.0 ? -149 : std::max(std::ilogb(exact) - 23, -149);
    return std::fabs(actual - exact) / std::ldexp(1.0, exponent);
}

// a * b + c rounded once, without an fma: the product is exact in double; the sum is rounded to odd, so that rounding
// it again to float sees on which side of a tie it is.
float fma_by_doubles(float a, float b, float c) {
    const double product = static_cast<double>(a) * static_cast<double>(b);
    const double addend = static_cast<double>(c);
    double sum = product + addend;
    const double rest = sum - product;
    const double error = (product - (sum - rest)) + (addend - rest);
    if (sum != 0.0 && error != 0.0 && std::bit_cast<uint64_t>(sum) % 2 == 0)
        sum = std::nextafter(sum, std::copysign(std::numeric_limits<double>::infinity(), error));
    return static_cast<float>(sum);
}

TEST(Fma, OfTheReferenceIsRoundedOnce) {
    Random random(91);
    for (int64_t i = 0; i < 300000 * test_scale(); ++i) {
        const float a = random.value();
        const float b = random.value();
        // Often close to a tie or to cancelling.
        float c = random.value();
        if (i % 3 == 0) c = -(a * b);
        if (i % 3 == 1) c = a * b * 0x1p+24f * random.unit();
        ASSERT_EQ(std::bit_cast<uint32_t>(std::fma(a, b, c)),
                  std::bit_cast<uint32_t>(fma_by_doubles(a, b, c)))
            << a << " * " << b << " + " << c;
    }
}

class Functions : public ::testing::TestWithParam<Function> {};

TEST_P(Functions, StayWithinTheirErrorForFloatsOfAllExponents) {
    const Function& function = GetParam();
    // An odd stride meets every exponent and all low bits; 1 meets every float.
    const uint64_t stride = test_scale() >= 1000 ? 1 : 1999;
    constexpr size_t k_batch = 1 << 16;
    Floats x;
    double worst = 0.0;
    float worst_x = 0.0f;
    const auto flush = [&] {
        const int64_t count = static_cast<int64_t>(x.size());
        Floats expected = empty(count);
        (reference().*function.fast)(expected.data(), x.data(), count);
        for (size_t i = 0; i < x.size(); ++i) {
            const double error = error_in_ulps(expected[i], function.exact(static_cast<double>(x[i])));
            if (error > worst) {
                worst = error;
                worst_x = x[i];
            }
        }
        for (const Machine& machine : machines()) {
            if (machine.executor->threads() != 1) continue;
            Floats out = empty(count);
            ((*machine.kernels).*function.fast)(out.data(), x.data(), count);
            expect_same_bits(expected, out, machine.name);
        }
        x.clear();
    };
    for (uint64_t bits = 0; bits <= 0xffffffffu && !HasFatalFailure(); bits += stride) {
        const float value = std::bit_cast<float>(static_cast<uint32_t>(bits));
        if (!std::isfinite(value)) continue;
        x.push_back(value);
        if (x.size() == k_batch) flush();
    }
    flush();
    RecordProperty("worst_error_in_ulps", std::to_string(worst));
    EXPECT_LE(worst, function.ulps_most) << function.name << " at " << std::hexfloat << worst_x;
}

TEST_P(Functions, HandleZerosInfinitiesAndNans) {
    const Function& function = GetParam();
    constexpr float k_infinity = std::numeric_limits<float>::infinity();
    const Floats x{0.0f,
                   -0.0f,
                   k_infinity,
                   -k_infinity,
                   std::numeric_limits<float>::quiet_NaN(),
                   std::numeric_limits<float>::max(),
                   std::numeric_limits<float>::lowest(),
                   std::numeric_limits<float>::denorm_min(),
                   -std::numeric_limits<float>::denorm_min()};
    for (const Machine& machine : machines()) {
        Floats out = empty(static_cast<int64_t>(x.size()));
        ((*machine.kernels).*function.fast)(out.data(), x.data(), static_cast<int64_t>(x.size()));
        for (size_t i = 0; i < x.size(); ++i) {
            const double exact = function.exact(static_cast<double>(x[i]));
            if (std::isnan(exact)) {
                EXPECT_TRUE(std::isnan(out[i])) << function.name << "(" << x[i] << ") is " << out[i];
            } else {
                EXPECT_LE(error_in_ulps(out[i], exact), function.ulps_most)
                    << function.name << "(" << x[i] << ") is " << out[i];
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(All, Functions,
                         ::testing::Values(Function{"exp", &Kernels::exp, std::exp, 1.02},
                                           Function{"log", &Kernels::log, std::log, 0.85},
                                           Function{"sigmoid", &Kernels::sigmoid, exact_sigmoid, 2.5},
                                           Function{"tanh", &Kernels::tanh, std::tanh, 1.4}),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace dure::trainer::testing
