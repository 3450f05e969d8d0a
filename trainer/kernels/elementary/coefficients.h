// The constants of the elementary functions (docs/protocol/arithmetic.md lists them too): polynomials fitted
// by Remez exchange, each coefficient rounded to fp32 and the following ones fitted again.
#pragma once

#include <cstdint>

namespace dure::trainer::coefficients {

// exp. Below the low bound the result is 0, above the high one infinity.
inline constexpr float k_exp_low = -104.0f;
inline constexpr float k_exp_high = 89.0f;
inline constexpr float k_log2_e = 0x1.715476p+0f;
// Adding 1.5 * 2^23 rounds to an integer; the integer then stands in the low bits.
inline constexpr float k_round_shift = 0x1.8p+23f;
inline constexpr uint32_t k_round_shift_bits = 0x4b400000;
inline constexpr float k_ln2_high = 0x1.62e43p-1f;
inline constexpr float k_ln2_low = -0x1.05c61p-29f;
// e^r = 1 + r + r^2 (c0 + c1 r + ... + c4 r^4)
inline constexpr float k_exp[5] = {0x1.fffffcp-2f, 0x1.55548cp-3f, 0x1.55585ap-5f, 0x1.123d78p-7f,
                                   0x1.6ab8d2p-10f};

// log
inline constexpr float k_smallest_normal = 0x1p-126f;
inline constexpr float k_two_to_23 = 0x1p+23f;
inline constexpr uint32_t k_two_thirds_bits = 0x3f2aaaab;
inline constexpr float k_ln2_short_high =
    0x1.62e4p-1f;  // few enough bits that its product with an exponent is exact
inline constexpr float k_ln2_short_low = 0x1.7f7d1cp-20f;
inline constexpr float k_infinity = __builtin_inff();
inline constexpr uint32_t k_nan_bits = 0x7fc00000;
// ln(1 + f) = f - f^2 / 2 + f^3 (c0 + c1 f + ... + c7 f^7)
inline constexpr float k_log[8] = {0x1.55550cp-2f, -0x1.fffe5ep-3f, 0x1.99ce42p-3f, -0x1.55b7dcp-3f,
                                   0x1.1ef1a2p-3f, -0x1.f03d6p-4f,  0x1.1df322p-3f, -0x1.0e27dap-3f};

// tanh x = x + x z (c0 + c1 z + ... + c4 z^4), z = x^2
inline constexpr float k_tanh_switch = 0.625f;
inline constexpr float k_tanh[5] = {-0x1.555534p-2f, 0x1.11075ep-3f, -0x1.b842c4p-5f, 0x1.524c4p-6f,
                                    -0x1.767a1p-8f};

}  // namespace dure::trainer::coefficients
