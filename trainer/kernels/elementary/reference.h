// The elementary functions of `fp32-chain-1`, one element at a time: the definition that every fast version is
// compared with. std::fma and std::sqrt are exact by IEEE 754; nothing else of libm is used.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "trainer/kernels/elementary/coefficients.h"

namespace dure::trainer::reference {

// e^x: x = n ln 2 + r with |r| <= ln 2 / 2; e^r by a polynomial; times 2^n in two exact factors, so that a
// subnormal result is rounded once.
inline float exp(float x) {
    using namespace coefficients;
    x = x < k_exp_low ? k_exp_low : x;
    x = x > k_exp_high ? k_exp_high : x;
    const float shifted = std::fma(x, k_log2_e, k_round_shift);
    const float n = shifted - k_round_shift;
    float r = std::fma(n, -k_ln2_high, x);
    r = std::fma(n, -k_ln2_low, r);
    float p = k_exp[4];
    p = std::fma(p, r, k_exp[3]);
    p = std::fma(p, r, k_exp[2]);
    p = std::fma(p, r, k_exp[1]);
    p = std::fma(p, r, k_exp[0]);
    p = std::fma(p, r * r, r) + 1.0f;
    const int32_t exponent = static_cast<int32_t>(std::bit_cast<uint32_t>(shifted) - k_round_shift_bits);
    const int32_t half = exponent >> 1;
    const float first = std::bit_cast<float>(static_cast<uint32_t>(half + 127) << 23);
    const float second = std::bit_cast<float>(static_cast<uint32_t>(exponent - half + 127) << 23);
    return (p * first) * second;
}

// ln x: x = 2^e (1 + f) with 1 + f in [2/3, 4/3); ln(1 + f) = f - f^2/2 + f^3 q(f). ln 0 = -inf, ln x = NaN
// below.
inline float log(float x) {
    using namespace coefficients;
    const bool subnormal = x < k_smallest_normal;
    const float scaled = subnormal ? x * k_two_to_23 : x;
    const uint32_t bits = std::bit_cast<uint32_t>(scaled);
    const int32_t e = static_cast<int32_t>(bits - k_two_thirds_bits) >> 23;
    const float f = std::bit_cast<float>(bits - (static_cast<uint32_t>(e) << 23)) - 1.0f;
    const float exponent = static_cast<float>(e) - (subnormal ? 23.0f : 0.0f);
    float q = k_log[7];
    for (int i = 6; i >= 0; --i)
        q = std::fma(q, f, k_log[i]);
    const float square = f * f;
    float t = (square * f) * q;
    t = std::fma(exponent, k_ln2_short_low, t);
    t = std::fma(-0.5f, square, t);
    const float result = std::fma(exponent, k_ln2_short_high, f + t);
    if (x == 0.0f) return -k_infinity;
    if (x < 0.0f) return std::bit_cast<float>(k_nan_bits);
    return x < k_infinity ? result : x;
}

// 1 / (1 + e^-x) without overflow: with a = e^-|x| it is 1 / (1 + a) or a / (1 + a).
inline float sigmoid(float x) {
    const float a = exp(-std::fabs(x));
    return (x < 0.0f ? a : 1.0f) / (1.0f + a);
}

// Below 0.625 an odd polynomial, from there on 1 - 2 / (e^2|x| + 1) with the sign of x.
inline float tanh(float x) {
    using namespace coefficients;
    const float z = x * x;
    float p = k_tanh[4];
    for (int i = 3; i >= 0; --i)
        p = std::fma(p, z, k_tanh[i]);
    const float small = std::fma(p * z, x, x);
    const float magnitude = std::fabs(x);
    const float large = 1.0f - 2.0f / (exp(magnitude + magnitude) + 1.0f);
    return magnitude < k_tanh_switch ? small : std::copysign(large, x);
}

}  // namespace dure::trainer::reference
