// The elementary functions on lanes: the operations of elementary/reference.h in the same order. Included
// after lanes/avx2.h or lanes/avx512.h; everything has internal linkage.
#pragma once

#include "trainer/kernels/elementary/coefficients.h"
#include "trainer/kernels/lanes/ranges.h"

namespace dure::trainer {
namespace {

inline Vec vec_exp(Vec x) {
    using namespace coefficients;
    x = larger(broadcast(k_exp_low), x);  // in this order a NaN stays
    x = smaller(broadcast(k_exp_high), x);
    const Vec shifted = fma(x, broadcast(k_log2_e), broadcast(k_round_shift));
    const Vec n = sub(shifted, broadcast(k_round_shift));
    Vec r = fma(n, broadcast(-k_ln2_high), x);
    r = fma(n, broadcast(-k_ln2_low), r);
    Vec p = broadcast(k_exp[4]);
    p = fma(p, r, broadcast(k_exp[3]));
    p = fma(p, r, broadcast(k_exp[2]));
    p = fma(p, r, broadcast(k_exp[1]));
    p = fma(p, r, broadcast(k_exp[0]));
    p = add(fma(p, mul(r, r), r), broadcast(1.0f));
    const IntVec exponent = int_sub(to_bits(shifted), int_broadcast(k_round_shift_bits));
    const IntVec half = shift_right_signed<1>(exponent);
    const Vec first = from_bits(shift_left<23>(int_add(half, int_broadcast(127))));
    const Vec second = from_bits(shift_left<23>(int_add(int_sub(exponent, half), int_broadcast(127))));
    return mul(mul(p, first), second);
}

inline Vec vec_log(Vec x) {
    using namespace coefficients;
    const Vec tiny = broadcast(k_smallest_normal);
    const Vec scaled = if_less(x, tiny, mul(x, broadcast(k_two_to_23)), x);
    const IntVec bits = to_bits(scaled);
    const IntVec e = shift_right_signed<23>(int_sub(bits, int_broadcast(k_two_thirds_bits)));
    const Vec f = sub(from_bits(int_sub(bits, shift_left<23>(e))), broadcast(1.0f));
    const Vec exponent = sub(int_to_float(e), if_less(x, tiny, broadcast(23.0f), zero()));
    Vec q = broadcast(k_log[7]);
    for (int i = 6; i >= 0; --i)
        q = fma(q, f, broadcast(k_log[i]));
    const Vec square = mul(f, f);
    Vec t = mul(mul(square, f), q);
    t = fma(exponent, broadcast(k_ln2_short_low), t);
    t = fma(broadcast(-0.5f), square, t);
    Vec result = fma(exponent, broadcast(k_ln2_short_high), add(f, t));
    result = if_less(x, broadcast(k_infinity), result, x);
    result = if_less(x, zero(), from_bits(int_broadcast(k_nan_bits)), result);
    return if_equal(x, zero(), broadcast(-k_infinity), result);
}

inline Vec vec_sigmoid(Vec x) {
    const Vec a = vec_exp(bit_xor(absolute(x), sign_bit()));
    const Vec one = broadcast(1.0f);
    return div(if_less(x, zero(), a, one), add(one, a));
}

inline Vec vec_tanh(Vec x) {
    using namespace coefficients;
    const Vec z = mul(x, x);
    Vec p = broadcast(k_tanh[4]);
    for (int i = 3; i >= 0; --i)
        p = fma(p, z, broadcast(k_tanh[i]));
    const Vec small = fma(mul(p, z), x, x);
    const Vec magnitude = absolute(x);
    const Vec one = broadcast(1.0f);
    Vec large = sub(one, div(broadcast(2.0f), add(vec_exp(add(magnitude, magnitude)), one)));
    large = bit_xor(absolute(large), bit_and(x, sign_bit()));
    return if_less(magnitude, broadcast(k_tanh_switch), small, large);
}

}  // namespace
}  // namespace dure::trainer
