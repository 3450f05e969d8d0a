// Eight fp32 lanes of AVX2 with FMA: the vocabulary in which each operator's vector.h is written. Included
// by avx2.cpp alone; everything has internal linkage. avx512.h is its twin.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "trainer/kernels/kernels.h"

namespace dure::trainer {
namespace {

using Vec = __m256;
using IntVec = __m256i;
constexpr int64_t k_width = 8;
constexpr int64_t k_tile_rows = 6;  // rows of the register tile; its columns are two vectors
constexpr Isa k_isa = Isa::avx2;

inline __m256i head_mask(int64_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

inline Vec zero() {
    return _mm256_setzero_ps();
}
inline Vec broadcast(float x) {
    return _mm256_set1_ps(x);
}
inline Vec load(const float* p) {
    return _mm256_loadu_ps(p);
}
inline void store(float* p, Vec v) {
    _mm256_storeu_ps(p, v);
}
// The first `count` lanes (at most k_width); the others are 0, or are not stored, or come from `rest`.
inline Vec load_head(const float* p, int64_t count) {
    return _mm256_maskload_ps(p, head_mask(count));
}
inline void store_head(float* p, Vec v, int64_t count) {
    _mm256_maskstore_ps(p, head_mask(count), v);
}
inline Vec head_or(Vec head, Vec rest, int64_t count) {
    return _mm256_blendv_ps(rest, head, _mm256_castsi256_ps(head_mask(count)));
}

inline Vec add(Vec a, Vec b) {
    return _mm256_add_ps(a, b);
}
inline Vec sub(Vec a, Vec b) {
    return _mm256_sub_ps(a, b);
}
inline Vec mul(Vec a, Vec b) {
    return _mm256_mul_ps(a, b);
}
inline Vec div(Vec a, Vec b) {
    return _mm256_div_ps(a, b);
}
inline Vec root(Vec a) {
    return _mm256_sqrt_ps(a);
}
inline Vec fma(Vec a, Vec b, Vec c) {
    return _mm256_fmadd_ps(a, b, c);
}  // a * b + c
inline Vec fnma(Vec a, Vec b, Vec c) {
    return _mm256_fnmadd_ps(a, b, c);
}  // -a * b + c
inline Vec larger(Vec a, Vec b) {
    return _mm256_max_ps(a, b);
}  // a > b ? a : b
inline Vec smaller(Vec a, Vec b) {
    return _mm256_min_ps(a, b);
}  // a < b ? a : b
inline Vec if_less(Vec a, Vec b, Vec yes, Vec no) {
    return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_LT_OQ));
}
inline Vec if_equal(Vec a, Vec b, Vec yes, Vec no) {
    return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_EQ_OQ));
}
inline Vec bit_and(Vec a, Vec b) {
    return _mm256_and_ps(a, b);
}
inline Vec bit_xor(Vec a, Vec b) {
    return _mm256_xor_ps(a, b);
}

inline IntVec to_bits(Vec v) {
    return _mm256_castps_si256(v);
}
inline Vec from_bits(IntVec v) {
    return _mm256_castsi256_ps(v);
}
inline IntVec int_broadcast(uint32_t x) {
    return _mm256_set1_epi32(static_cast<int>(x));
}
inline IntVec int_add(IntVec a, IntVec b) {
    return _mm256_add_epi32(a, b);
}
inline IntVec int_sub(IntVec a, IntVec b) {
    return _mm256_sub_epi32(a, b);
}
template <int bits>
inline IntVec shift_left(IntVec v) {
    return _mm256_slli_epi32(v, bits);
}
template <int bits>
inline IntVec shift_right_signed(IntVec v) {
    return _mm256_srai_epi32(v, bits);
}
inline Vec int_to_float(IntVec v) {
    return _mm256_cvtepi32_ps(v);
}

// The tree of `reduce` from 8 lanes on: halves 4, 2, 1.
inline float tree_sum(Vec v) {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

// rows[i] lane j becomes rows[j] lane i.
inline void transpose(Vec (&rows)[k_width]) {
    Vec t[k_width];
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(rows[i], rows[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(rows[i], rows[i + 1]);
    }
    // u[4q + r]: of rows 4q..4q+3, in each 128-bit block b, the column 4b + r
    Vec u[k_width];
    for (int i = 0; i < 8; i += 4) {
        u[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        u[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        u[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        u[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    for (int r = 0; r < 4; ++r) {
        rows[r] = _mm256_permute2f128_ps(u[r], u[4 + r], 0x20);
        rows[4 + r] = _mm256_permute2f128_ps(u[r], u[4 + r], 0x31);
    }
}

// rows[j] lane i becomes p[i * stride + j]: like transpose, but half of the exchange is done by the loads.
inline void load_transposed(Vec (&rows)[k_width], const float* p, int64_t stride) {
    for (int b = 0; b < 2; ++b) {
        // gathered[r]: in 128-bit block l the columns 4b .. 4b + 3 of line 4l + r
        Vec gathered[4];
        for (int r = 0; r < 4; ++r) {
            const float* const from = p + r * stride + 4 * b;
            gathered[r] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from)),
                                               _mm_loadu_ps(from + 4 * stride), 1);
        }
        const Vec low_even = _mm256_unpacklo_ps(gathered[0], gathered[1]);
        const Vec high_even = _mm256_unpackhi_ps(gathered[0], gathered[1]);
        const Vec low_odd = _mm256_unpacklo_ps(gathered[2], gathered[3]);
        const Vec high_odd = _mm256_unpackhi_ps(gathered[2], gathered[3]);
        rows[4 * b] = _mm256_shuffle_ps(low_even, low_odd, 0x44);
        rows[4 * b + 1] = _mm256_shuffle_ps(low_even, low_odd, 0xee);
        rows[4 * b + 2] = _mm256_shuffle_ps(high_even, high_odd, 0x44);
        rows[4 * b + 3] = _mm256_shuffle_ps(high_even, high_odd, 0xee);
    }
}

}  // namespace
}  // namespace dure::trainer
