// Rotary positions on lanes. Included after lanes/avx2.h or lanes/avx512.h; everything has internal linkage.
#pragma once

#include "trainer/kernels/lanes/ranges.h"

namespace dure::trainer {
namespace {

inline void run_rotate(Executor& executor, float* x, const float* cosines, const float* sines,
                       const int32_t* positions, int64_t T, int64_t heads, int64_t head_dim, bool back) {
    const int64_t half = head_dim / 2;
    const Vec turn = back ? sign_bit() : zero();
    each_row_range(executor, T, heads * head_dim, [=](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) {
            const int64_t row = positions[t] * half;
            for (int64_t h = 0; h < heads; ++h) {
                float* const first = x + (t * heads + h) * head_dim;
                float* const second = first + half;
                each_vector(half, [=](int64_t i, int64_t n) {
                    const Vec a = load_some(first + i, n);
                    const Vec b = load_some(second + i, n);
                    const Vec c = load_some(cosines + row + i, n);
                    const Vec s = bit_xor(load_some(sines + row + i, n), turn);
                    store_some(first + i, fma(a, c, bit_xor(mul(b, s), sign_bit())), n);
                    store_some(second + i, fma(b, c, mul(a, s)), n);
                });
            }
        }
    });
}

}  // namespace
}  // namespace dure::trainer
