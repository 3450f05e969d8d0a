// How rows and elements are dealt out to threads, in ranges worth waking one. Included after lanes/avx2.h or
// lanes/avx512.h; everything has internal linkage.
#pragma once

#include "trainer/kernels/executor.h"
#include "trainer/kernels/lanes/vectors.h"

namespace dure::trainer {
namespace {

constexpr int64_t k_grain = 1 << 13;  // elements of cheap work worth handing to a thread

// body(begin, end) over rows, in ranges worth a thread.
template <class Body>
inline void each_row_range(Executor& executor, int64_t rows, int64_t row_size, const Body& body) {
    const int64_t per_task = max_of(1, k_grain / max_of(row_size, 1));
    const int64_t tasks = ceil_div(rows, per_task);
    if (tasks <= 1) {
        if (rows > 0) body(0, rows);
        return;
    }
    executor.parallel_for(
        tasks, [&](int64_t begin, int64_t end) { body(begin * per_task, min_of(end * per_task, rows)); });
}

// Calls body(j, lanes) for all of [0, count), in parallel.
template <class Body>
inline void each_element(Executor& executor, int64_t count, const Body& body) {
    each_row_range(executor, count, 1, [&](int64_t begin, int64_t end) {
        each_vector(end - begin, [&](int64_t j, int64_t n) { body(begin + j, n); });
    });
}

template <class Function>
inline void map_array(Executor& executor, float* out, const float* x, int64_t count, Function function) {
    each_element(executor, count,
                 [=](int64_t j, int64_t n) { store_some(out + j, function(load_some(x + j, n)), n); });
}

}  // namespace
}  // namespace dure::trainer
