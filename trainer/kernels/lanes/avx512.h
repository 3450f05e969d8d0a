// Sixteen fp32 lanes of AVX-512: the vocabulary in which each operator's vector.h is written. Included by
// avx512.cpp alone; everything has internal linkage. avx2.h is its twin.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "trainer/kernels/kernels.h"

namespace dure::trainer {
namespace {

using Vec = __m512;
using IntVec = __m512i;
constexpr int64_t k_width = 16;
constexpr int64_t k_tile_rows = 14;  // rows of the register tile; its columns are two vectors
constexpr Isa k_isa = Isa::avx512;

inline __mmask16 head_mask(int64_t count) {
    return static_cast<__mmask16>(0xffffu >> (k_width - count));
}

inline Vec zero() {
    return _mm512_setzero_ps();
}
inline Vec broadcast(float x) {
    return _mm512_set1_ps(x);
}
inline Vec load(const float* p) {
    return _mm512_loadu_ps(p);
}
inline void store(float* p, Vec v) {
    _mm512_storeu_ps(p, v);
}
// The first `count` lanes (at most k_width); the others are 0, or are not stored, or come from `rest`.
inline Vec load_head(const float* p, int64_t count) {
    return _mm512_maskz_loadu_ps(head_mask(count), p);
}
inline void store_head(float* p, Vec v, int64_t count) {
    _mm512_mask_storeu_ps(p, head_mask(count), v);
}
inline Vec head_or(Vec head, Vec rest, int64_t count) {
    return _mm512_mask_blend_ps(head_mask(count), rest, head);
}

inline Vec add(Vec a, Vec b) {
    return _mm512_add_ps(a, b);
}
inline Vec sub(Vec a, Vec b) {
    return _mm512_sub_ps(a, b);
}
inline Vec mul(Vec a, Vec b) {
    return _mm512_mul_ps(a, b);
}
inline Vec div(Vec a, Vec b) {
    return _mm512_div_ps(a, b);
}
inline Vec root(Vec a) {
    return _mm512_sqrt_ps(a);
}
inline Vec fma(Vec a, Vec b, Vec c) {
    return _mm512_fmadd_ps(a, b, c);
}  // a * b + c
inline Vec fnma(Vec a, Vec b, Vec c) {
    return _mm512_fnmadd_ps(a, b, c);
}  // -a * b + c
inline Vec larger(Vec a, Vec b) {
    return _mm512_max_ps(a, b);
}  // a > b ? a : b
inline Vec smaller(Vec a, Vec b) {
    return _mm512_min_ps(a, b);
}  // a < b ? a : b
inline Vec if_less(Vec a, Vec b, Vec yes, Vec no) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), no, yes);
}
inline Vec if_equal(Vec a, Vec b, Vec yes, Vec no) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ), no, yes);
}
inline Vec bit_and(Vec a, Vec b) {
    return _mm512_and_ps(a, b);
}
inline Vec bit_xor(Vec a, Vec b) {
    return _mm512_xor_ps(a, b);
}

inline IntVec to_bits(Vec v) {
    return _mm512_castps_si512(v);
}
inline Vec from_bits(IntVec v) {
    return _mm512_castsi512_ps(v);
}
inline IntVec int_broadcast(uint32_t x) {
    return _mm512_set1_epi32(static_cast<int>(x));
}
inline IntVec int_add(IntVec a, IntVec b) {
    return _mm512_add_epi32(a, b);
}
inline IntVec int_sub(IntVec a, IntVec b) {
    return _mm512_sub_epi32(a, b);
}
template <unsigned bits>
inline IntVec shift_left(IntVec v) {
    return _mm512_slli_epi32(v, bits);
}
template <unsigned bits>
inline IntVec shift_right_signed(IntVec v) {
    return _mm512_srai_epi32(v, bits);
}
inline Vec int_to_float(IntVec v) {
    return _mm512_cvtepi32_ps(v);
}

// The tree of `reduce` from 16 lanes on: halves 8, 4, 2, 1.
inline float tree_sum(Vec v) {
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

// rows[i] lane j becomes rows[j] lane i.
inline void transpose(Vec (&rows)[k_width]) {
    Vec t[k_width];
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_ps(rows[i], rows[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(rows[i], rows[i + 1]);
    }
    // u[4q + r]: of rows 4q..4q+3, in each 128-bit block b, the column 4b + r
    Vec u[k_width];
    for (int i = 0; i < 16; i += 4) {
        u[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
        u[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xee);
        u[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        u[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    // A 4 x 4 transpose of the 128-bit blocks.
    for (int r = 0; r < 4; ++r) {
        const Vec low_even = _mm512_shuffle_f32x4(u[r], u[4 + r], 0x88);
        const Vec low_odd = _mm512_shuffle_f32x4(u[r], u[4 + r], 0xdd);
        const Vec high_even = _mm512_shuffle_f32x4(u[8 + r], u[12 + r], 0x88);
        const Vec high_odd = _mm512_shuffle_f32x4(u[8 + r], u[12 + r], 0xdd);
        rows[r] = _mm512_shuffle_f32x4(low_even, high_even, 0x88);
        rows[4 + r] = _mm512_shuffle_f32x4(low_odd, high_odd, 0x88);
        rows[8 + r] = _mm512_shuffle_f32x4(low_even, high_even, 0xdd);
        rows[12 + r] = _mm512_shuffle_f32x4(low_odd, high_odd, 0xdd);
    }
}

// rows[j] lane i becomes p[i * stride + j]: like transpose, but half of the exchange is done by the loads.
inline void load_transposed(Vec (&rows)[k_width], const float* p, int64_t stride) {
    for (int b = 0; b < 4; ++b) {
        // gathered[r]: in 128-bit block l the columns 4b .. 4b + 3 of line 4l + r
        Vec gathered[4];
        for (int r = 0; r < 4; ++r) {
            const float* const from = p + r * stride + 4 * b;
            Vec v = _mm512_castps128_ps512(_mm_loadu_ps(from));
            v = _mm512_insertf32x4(v, _mm_loadu_ps(from + 4 * stride), 1);
            v = _mm512_insertf32x4(v, _mm_loadu_ps(from + 8 * stride), 2);
            gathered[r] = _mm512_insertf32x4(v, _mm_loadu_ps(from + 12 * stride), 3);
        }
        const Vec low_even = _mm512_unpacklo_ps(gathered[0], gathered[1]);
        const Vec high_even = _mm512_unpackhi_ps(gathered[0], gathered[1]);
        const Vec low_odd = _mm512_unpacklo_ps(gathered[2], gathered[3]);
        const Vec high_odd = _mm512_unpackhi_ps(gathered[2], gathered[3]);
        rows[4 * b] = _mm512_shuffle_ps(low_even, low_odd, 0x44);
        rows[4 * b + 1] = _mm512_shuffle_ps(low_even, low_odd, 0xee);
        rows[4 * b + 2] = _mm512_shuffle_ps(high_even, high_odd, 0x44);
        rows[4 * b + 3] = _mm512_shuffle_ps(high_even, high_odd, 0xee);
    }
}

}  // namespace
}  // namespace dure::trainer
