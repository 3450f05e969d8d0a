// SwiGLU on lanes. Included after lanes/avx2.h or lanes/avx512.h; everything has internal linkage.
#pragma once

#include "trainer/kernels/elementary/vector.h"

namespace dure::trainer {
namespace {

inline void run_swiglu(Executor& executor, float* out, const float* gate, const float* up, int64_t count) {
    each_element(executor, count, [=](int64_t j, int64_t n) {
        const Vec g = load_some(gate + j, n);
        store_some(out + j, mul(mul(g, vec_sigmoid(g)), load_some(up + j, n)), n);
    });
}

inline void run_swiglu_gradient(Executor& executor, float* dgate, float* dup, const float* dout,
                                const float* gate, const float* up, int64_t count) {
    each_element(executor, count, [=](int64_t j, int64_t n) {
        const Vec g = load_some(gate + j, n);
        const Vec u = load_some(up + j, n);
        const Vec d = load_some(dout + j, n);
        const Vec s = vec_sigmoid(g);
        const Vec one = broadcast(1.0f);
        const Vec slope = mul(s, fma(g, sub(one, s), one));
        store_some(dup + j, mul(d, mul(g, s)), n);
        store_some(dgate + j, mul(mul(d, u), slope), n);
    });
}

}  // namespace
}  // namespace dure::trainer
