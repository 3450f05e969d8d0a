#include "trainer/kernels/scalar_math.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace dure::trainer {
namespace scalar {
namespace {

// Adding 1.5 * 2^52 rounds to the nearest integer, ties to even.
constexpr double k_round_shift = 0x1.8p+52;
// ln 2 and pi / 2 in parts whose products with the integers that occur are exact.
constexpr double k_ln2_high = 0x1.62e42feep-1;
constexpr double k_ln2_low = 0x1.a39ef35793c76p-33;
constexpr double k_log2_e = 0x1.71547652b82fep+0;
constexpr double k_half_pi[3] = {0x1.921fb544p+0, 0x1.0b4611a6p-34, 0x1.3198a2e037073p-69};
constexpr double k_two_over_pi = 0x1.45f306dc9c883p-1;
constexpr double k_sqrt_half = 0x1.6a09e667f3bcdp-1;
constexpr int k_fraction_bits = 52;
constexpr int k_bias = 1023;

double power_of_two(int64_t n) {
    return std::bit_cast<double>(static_cast<uint64_t>(n + k_bias) << k_fraction_bits);
}

// Taylor's series on |r| <= pi / 4, by Horner from the smallest term.
double sin_near_zero(double r) {
    const double z = r * r;
    double s = 1.0;
    for (int k = 17; k >= 3; k -= 2)
        s = 1.0 - z / static_cast<double>(k * (k - 1)) * s;
    return r * s;
}

double cos_near_zero(double r) {
    const double z = r * r;
    double s = 1.0;
    for (int k = 18; k >= 2; k -= 2)
        s = 1.0 - z / static_cast<double>(k * (k - 1)) * s;
    return s;
}

// sin(x + quarters * pi / 2)
double sin_shifted(double x, int64_t quarters) {
    const double n = (x * k_two_over_pi + k_round_shift) - k_round_shift;
    const double r = ((x - n * k_half_pi[0]) - n * k_half_pi[1]) - n * k_half_pi[2];
    switch ((static_cast<int64_t>(n) + quarters) & 3) {
        case 0:
            return sin_near_zero(r);
        case 1:
            return cos_near_zero(r);
        case 2:
            return -sin_near_zero(r);
        default:
            return -cos_near_zero(r);
    }
}

}  // namespace

double exp(double x) {
    const double n = (x * k_log2_e + k_round_shift) - k_round_shift;
    const double r = (x - n * k_ln2_high) - n * k_ln2_low;
    double s = 1.0;
    for (int k = 14; k >= 1; --k)
        s = 1.0 + r / static_cast<double>(k) * s;
    return s * power_of_two(static_cast<int64_t>(n));
}

double log(double x) {
    const uint64_t bits = std::bit_cast<uint64_t>(x);
    const int64_t e = static_cast<int64_t>(bits - std::bit_cast<uint64_t>(k_sqrt_half)) >> k_fraction_bits;
    const double m = std::bit_cast<double>(bits - (static_cast<uint64_t>(e) << k_fraction_bits));
    const double s = (m - 1.0) / (m + 1.0);  // ln m = 2 artanh s
    const double z = s * s;
    double series = 0.0;
    for (int k = 25; k >= 3; k -= 2)
        series = (series + 1.0 / static_cast<double>(k)) * z;
    const double n = static_cast<double>(e);
    return n * k_ln2_high + (2.0 * (s + s * series) + n * k_ln2_low);
}

double sin(double x) {
    return sin_shifted(x, 0);
}

double cos(double x) {
    return sin_shifted(x, 1);
}

double power(double x, uint64_t n) {
    double result = 1.0;
    for (; n != 0; n >>= 1) {
        if ((n & 1) != 0) result = result * x;
        x = x * x;
    }
    return result;
}

}  // namespace scalar

std::vector<double> rotary_frequencies(int64_t head_dim, double base) {
    std::vector<double> frequencies;
    for (int64_t i = 0; i < head_dim / 2; ++i) {
        const double exponent = static_cast<double>(2 * i) / static_cast<double>(head_dim);
        frequencies.push_back(scalar::exp(-(exponent * scalar::log(base))));
    }
    return frequencies;
}

RotaryTable make_rotary_table(int64_t positions, int64_t head_dim, double base) {
    return make_rotary_table(positions, rotary_frequencies(head_dim, base));
}

RotaryTable make_rotary_table(int64_t positions, std::span<const double> frequencies) {
    RotaryTable table;
    table.cosines.reserve(static_cast<size_t>(positions) * frequencies.size());
    table.sines.reserve(static_cast<size_t>(positions) * frequencies.size());
    for (int64_t position = 0; position < positions; ++position) {
        for (const double frequency : frequencies) {
            const double angle = static_cast<double>(position) * frequency;
            table.cosines.push_back(static_cast<float>(scalar::cos(angle)));
            table.sines.push_back(static_cast<float>(scalar::sin(angle)));
        }
    }
    return table;
}

AdamWScalars adamw_scalars(const AdamWSettings& settings, double learning_rate, uint64_t step,
                           float gradient_scale) {
    AdamWScalars scalars;
    scalars.learning_rate = static_cast<float>(learning_rate);
    scalars.beta1 = static_cast<float>(settings.beta1);
    scalars.one_minus_beta1 = static_cast<float>(1.0 - settings.beta1);
    scalars.beta2 = static_cast<float>(settings.beta2);
    scalars.one_minus_beta2 = static_cast<float>(1.0 - settings.beta2);
    scalars.inverse_bias1 = static_cast<float>(1.0 / (1.0 - scalar::power(settings.beta1, step)));
    scalars.inverse_bias2 = static_cast<float>(1.0 / (1.0 - scalar::power(settings.beta2, step)));
    scalars.epsilon = static_cast<float>(settings.epsilon);
    scalars.weight_decay = static_cast<float>(settings.weight_decay);
    scalars.gradient_scale = gradient_scale;
    return scalars;
}

double cosine_schedule(double peak, double floor, uint64_t warmup, uint64_t total, uint64_t step) {
    constexpr double k_pi = 0x1.921fb54442d18p+1;
    if (step < warmup) return peak * static_cast<double>(step) / static_cast<double>(warmup);
    if (step >= total) return floor;
    const double progress = static_cast<double>(step - warmup) / static_cast<double>(total - warmup);
    return floor + (peak - floor) * (0.5 * (1.0 + scalar::cos(k_pi * progress)));
}

float clip_factor(float sum_of_squares, double limit) {
    const double norm = std::sqrt(static_cast<double>(sum_of_squares));
    return limit > 0.0 && norm > limit ? static_cast<float>(limit / norm) : 1.0f;
}

}  // namespace dure::trainer
