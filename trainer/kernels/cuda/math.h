// The elementary functions on a GPU, operation by operation those of elementary/reference.h.
#pragma once

#include "trainer/kernels/cuda/platform.h"
#include "trainer/kernels/elementary/coefficients.h"

namespace dure::trainer::DURE_GPU {

// An element of a constant array; device code cannot name the array itself.
template <const auto& array, int index>
constexpr float constant = array[index];

DURE_DEVICE float magnitude(float x) {
    return float_of(bits_of(x) & 0x7fffffffU);
}

DURE_DEVICE float exp_of(float x) {
    using namespace coefficients;
    x = x < k_exp_low ? k_exp_low : x;
    x = x > k_exp_high ? k_exp_high : x;
    const float shifted = fma_rn(x, k_log2_e, k_round_shift);
    const float n = shifted - k_round_shift;
    float r = fma_rn(n, -k_ln2_high, x);
    r = fma_rn(n, -k_ln2_low, r);
    float p = constant<k_exp, 4>;
    p = fma_rn(p, r, constant<k_exp, 3>);
    p = fma_rn(p, r, constant<k_exp, 2>);
    p = fma_rn(p, r, constant<k_exp, 1>);
    p = fma_rn(p, r, constant<k_exp, 0>);
    p = fma_rn(p, r * r, r) + 1.0f;
    const int32_t exponent = static_cast<int32_t>(bits_of(shifted) - k_round_shift_bits);
    const int32_t half = exponent >> 1;
    const float first = float_of(static_cast<uint32_t>(half + 127) << 23);
    const float second = float_of(static_cast<uint32_t>(exponent - half + 127) << 23);
    return (p * first) * second;
}

DURE_DEVICE float log_of(float x) {
    using namespace coefficients;
    const bool subnormal = x < k_smallest_normal;
    const float scaled = subnormal ? x * k_two_to_23 : x;
    const uint32_t bits = bits_of(scaled);
    const int32_t e = static_cast<int32_t>(bits - k_two_thirds_bits) >> 23;
    const float f = float_of(bits - (static_cast<uint32_t>(e) << 23)) - 1.0f;
    const float exponent = static_cast<float>(e) - (subnormal ? 23.0f : 0.0f);
    float q = constant<k_log, 7>;
    q = fma_rn(q, f, constant<k_log, 6>);
    q = fma_rn(q, f, constant<k_log, 5>);
    q = fma_rn(q, f, constant<k_log, 4>);
    q = fma_rn(q, f, constant<k_log, 3>);
    q = fma_rn(q, f, constant<k_log, 2>);
    q = fma_rn(q, f, constant<k_log, 1>);
    q = fma_rn(q, f, constant<k_log, 0>);
    const float square = f * f;
    float t = (square * f) * q;
    t = fma_rn(exponent, k_ln2_short_low, t);
    t = fma_rn(-0.5f, square, t);
    const float result = fma_rn(exponent, k_ln2_short_high, f + t);
    if (x == 0.0f) return -k_infinity;
    if (x < 0.0f) return float_of(k_nan_bits);
    return x < k_infinity ? result : x;
}

DURE_DEVICE float sigmoid_of(float x) {
    const float a = exp_of(-magnitude(x));
    return div_rn(x < 0.0f ? a : 1.0f, 1.0f + a);
}

DURE_DEVICE float tanh_of(float x) {
    using namespace coefficients;
    const float z = x * x;
    float p = constant<k_tanh, 4>;
    p = fma_rn(p, z, constant<k_tanh, 3>);
    p = fma_rn(p, z, constant<k_tanh, 2>);
    p = fma_rn(p, z, constant<k_tanh, 1>);
    p = fma_rn(p, z, constant<k_tanh, 0>);
    const float small = fma_rn(p * z, x, x);
    const float size = magnitude(x);
    const float large = 1.0f - div_rn(2.0f, exp_of(size + size) + 1.0f);
    const float signed_large = float_of((bits_of(large) & 0x7fffffffU) | (bits_of(x) & 0x80000000U));
    return size < k_tanh_switch ? small : signed_large;
}

}  // namespace dure::trainer::DURE_GPU
