// Operators on whole arrays, on lanes: element by element, and reductions. Included after lanes/avx2.h or
// lanes/avx512.h; everything has internal linkage.
#pragma once

#include "trainer/kernels/lanes/ranges.h"
#include "trainer/kernels/reduction/vector.h"

namespace dure::trainer {
namespace {

inline void run_add(Executor& executor, float* out, const float* a, const float* b, int64_t count) {
    each_element(executor, count, [=](int64_t j, int64_t n) {
        store_some(out + j, add(load_some(a + j, n), load_some(b + j, n)), n);
    });
}

inline void run_subtract(Executor& executor, float* out, const float* a, const float* b, int64_t count) {
    each_element(executor, count, [=](int64_t j, int64_t n) {
        store_some(out + j, sub(load_some(a + j, n), load_some(b + j, n)), n);
    });
}

inline void run_scale(Executor& executor, float* out, const float* x, float factor, int64_t count) {
    map_array(executor, out, x, count, [=](Vec v) { return mul(v, broadcast(factor)); });
}

inline float run_sum(Executor& executor, const float* x, int64_t count) {
    return reduce_array(executor, count,
                        [=](Vec partial, int64_t j, int64_t n) { return add(partial, load_some(x + j, n)); });
}

inline float run_sum_of_squares(Executor& executor, const float* x, int64_t count) {
    return reduce_array(executor, count, [=](Vec partial, int64_t j, int64_t n) {
        const Vec v = load_some(x + j, n);
        return fma(v, v, partial);
    });
}

inline bool run_all_finite(const float* x, int64_t count) {
    Vec bad = zero();  // becomes NaN at the first infinity or NaN and stays so
    each_vector(count, [&](int64_t j, int64_t n) { bad = fma(load_some(x + j, n), zero(), bad); });
    float lanes[k_width];
    store(lanes, bad);
    for (const float lane : lanes) {
        if (!(lane == 0.0f)) return false;
    }
    return true;
}

}  // namespace
}  // namespace dure::trainer
