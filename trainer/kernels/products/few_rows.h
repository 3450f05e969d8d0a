// out [T, N] = x [T, K] * w [N, K]^T for very few rows, as in decoding: every weight is used once per row, so
// it is turned in registers and never packed. Included after lanes/avx2.h or lanes/avx512.h; everything has internal linkage.
#pragma once

#include "trainer/kernels/executor.h"
#include "trainer/kernels/lanes/vectors.h"

namespace dure::trainer {
namespace {

constexpr int64_t k_fewest_rows = 8;  // up to here this beats packing

// Outputs [n, n + lines), lines <= k_width, of all rows.
template <int64_t rows>
void few_rows_strip(float* out, const float* x, const float* w, int64_t n, int64_t lines, int64_t N,
                    int64_t K, bool add_to_out) {
    Vec sums[static_cast<size_t>(rows)];
    for (int64_t r = 0; r < rows; ++r)
        sums[r] = zero();
    const float* const first = w + n * K;
    const auto step = [&](int64_t k, int64_t count) {
        Vec block[k_width];
        if (lines == k_width && count == k_width) {
            load_transposed(block, first + k, K);
        } else {
            for (int64_t i = 0; i < k_width; ++i)
                block[i] = i < lines ? load_some(first + i * K + k, count) : zero();
            transpose(block);
        }
        for (int64_t i = 0; i < count; ++i) {
            for (int64_t r = 0; r < rows; ++r)
                sums[r] = fma(broadcast(x[r * K + k + i]), block[i], sums[r]);
        }
    };
    each_vector(K, step);
    for (int64_t r = 0; r < rows; ++r) {
        float* const to = out + r * N + n;
        const Vec finished = add(sums[r], zero());
        store_some(to, add_to_out ? add(load_some(to, lines), finished) : finished, lines);
    }
}

using FewRows = void (*)(float* out, const float* x, const float* w, int64_t n, int64_t lines, int64_t N,
                         int64_t K, bool add_to_out);

// rows <= k_fewest_rows
inline FewRows few_rows_of_count(int64_t rows) {
    switch (rows) {
        case 1:
            return few_rows_strip<1>;
        case 2:
            return few_rows_strip<2>;
        case 3:
            return few_rows_strip<3>;
        case 4:
            return few_rows_strip<4>;
        case 5:
            return few_rows_strip<5>;
        case 6:
            return few_rows_strip<6>;
        case 7:
            return few_rows_strip<7>;
        default:
            return few_rows_strip<8>;
    }
}

inline void run_few_rows(Executor& executor, float* out, const float* x, const float* w, int64_t T, int64_t N,
                         int64_t K, bool add_to_out) {
    const int64_t strips = ceil_div(N, k_width);
    const auto run = [=](int64_t begin, int64_t end) {
        for (int64_t strip = begin; strip < end; ++strip) {
            const int64_t n = strip * k_width;
            const int64_t lines = min_of(N - n, k_width);
            few_rows_of_count(T)(out, x, w, n, lines, N, K, add_to_out);
        }
    };
    constexpr int64_t k_small = 1 << 17;  // weights below which waking a thread costs more
    if (N * K < k_small) {
        run(0, strips);
    } else {
        executor.parallel_for(strips, run);
    }
}

}  // namespace
}  // namespace dure::trainer
