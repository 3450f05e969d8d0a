// The embedding on lanes. Included after lanes/avx2.h or lanes/avx512.h; everything has internal linkage.
#pragma once

#include "trainer/kernels/lanes/ranges.h"

namespace dure::trainer {
namespace {

inline void run_embedding(Executor& executor, float* out, const float* table, const int32_t* ids, int64_t T,
                          int64_t C) {
    each_row_range(executor, T, C, [=](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) {
            const float* const row = table + ids[t] * C;
            each_vector(C,
                        [=](int64_t c, int64_t n) { store_some(out + t * C + c, load_some(row + c, n), n); });
        }
    });
}

inline void run_embedding_gradient(Executor& executor, float* dtable, const float* dout, const int32_t* ids,
                                   int64_t T, int64_t C) {
    constexpr int64_t k_columns = 64;  // features of one task: threads divide features, never tokens
    const auto columns = [=](int64_t begin, int64_t end) {
        const int64_t first = begin * k_columns;
        const int64_t count = min_of(end * k_columns, C) - first;
        for (int64_t t = 0; t < T; ++t) {
            float* const row = dtable + ids[t] * C + first;
            const float* const from = dout + t * C + first;
            each_vector(count, [=](int64_t c, int64_t n) {
                store_some(row + c, add(load_some(row + c, n), load_some(from + c, n)), n);
            });
        }
    };
    const int64_t tasks = ceil_div(C, k_columns);
    if (T * C <= k_grain) {
        columns(0, tasks);
    } else {
        executor.parallel_for(tasks, columns);
    }
}

}  // namespace
}  // namespace dure::trainer
