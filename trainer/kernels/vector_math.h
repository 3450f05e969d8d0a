// Elementary functions and reductions on lanes: the same operations in the same order as reference_math.h.
// Included after a lanes_*.h; everything has internal linkage.
#pragma once

#include "trainer/kernels/coefficients.h"
#include "trainer/kernels/scratch.h"

namespace dure::trainer {
namespace {

inline int64_t min_of(int64_t a, int64_t b) {
    return a < b ? a : b;
}
inline int64_t max_of(int64_t a, int64_t b) {
    return a > b ? a : b;
}
inline int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

inline Vec sign_bit() {
    return from_bits(int_broadcast(0x80000000u));
}
inline Vec absolute(Vec v) {
    return bit_and(v, from_bits(int_broadcast(0x7fffffffu)));
}

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

// The 32 partial sums of one chunk of a reduction.
struct Partials {
    static constexpr int64_t k_vectors = k_reduce_partials / k_width;
    Vec sums[k_vectors];

    Partials() {
        for (Vec& sum : sums)
            sum = zero();
    }

    float tree() {
        for (int64_t half = k_vectors / 2; half > 0; half /= 2) {
            for (int64_t i = 0; i < half; ++i)
                sums[i] = add(sums[i], sums[i + half]);
        }
        return tree_sum(sums[0]);
    }
};

// The tree sum over [begin, end), at most one chunk, begin divisible by 32. accumulate(partial, j, count)
// returns the lanes with the elements j .. j + count in them; what it does to lanes from `count` on is
// ignored.
template <class Accumulate>
inline float reduce_chunk(int64_t begin, int64_t end, Accumulate accumulate) {
    Partials partials;
    int64_t j = begin;
    for (; j + k_reduce_partials <= end; j += k_reduce_partials) {
        for (int64_t i = 0; i < Partials::k_vectors; ++i) {
            partials.sums[i] = accumulate(partials.sums[i], j + i * k_width, k_width);
        }
    }
    for (int64_t i = 0; i < Partials::k_vectors && j < end; ++i, j += k_width) {
        const int64_t count = min_of(end - j, k_width);
        partials.sums[i] = head_or(accumulate(partials.sums[i], j, count), partials.sums[i], count);
    }
    return partials.tree();
}

inline Vec load_some(const float* p, int64_t count) {
    return count == k_width ? load(p) : load_head(p, count);
}
inline void store_some(float* p, Vec v, int64_t count) {
    if (count == k_width) {
        store(p, v);
    } else {
        store_head(p, v, count);
    }
}

// Reduces `count` results of chunks, in place, until one is left.
inline float reduce_levels(float* results, int64_t count) {
    if (count == 0) return 0.0f;
    while (count > 1) {
        const int64_t chunks = ceil_div(count, k_reduce_chunk);
        for (int64_t c = 0; c < chunks; ++c) {
            results[c] = reduce_chunk(
                c * k_reduce_chunk, min_of((c + 1) * k_reduce_chunk, count),
                [=](Vec partial, int64_t j, int64_t n) { return add(partial, load_some(results + j, n)); });
        }
        count = chunks;
    }
    return results[0];
}

// reduce of kernels.h over [0, count) in the calling thread. accumulate as for reduce_chunk; it is called
// once for every element, in increasing order.
template <class Accumulate>
inline float reduce_row(int64_t count, Accumulate accumulate) {
    if (count <= k_reduce_chunk) return reduce_chunk(0, count, accumulate);
    const int64_t chunks = ceil_div(count, k_reduce_chunk);
    float* const results = scratch(Scratch::levels, chunks);
    for (int64_t c = 0; c < chunks; ++c) {
        results[c] = reduce_chunk(c * k_reduce_chunk, min_of((c + 1) * k_reduce_chunk, count), accumulate);
    }
    return reduce_levels(results, chunks);
}

// Calls body(j, lanes) for [0, count) in whole vectors and a last part.
template <class Body>
inline void each_vector(int64_t count, Body body) {
    int64_t j = 0;
    for (; j + k_width <= count; j += k_width)
        body(j, k_width);
    if (j < count) body(j, count - j);
}

}  // namespace
}  // namespace dure::trainer
