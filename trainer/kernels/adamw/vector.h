// AdamW on lanes. Included after lanes/avx2.h or lanes/avx512.h; everything has internal linkage.
#pragma once

#include "trainer/kernels/lanes/ranges.h"

namespace dure::trainer {
namespace {

inline void run_adamw(Executor& executor, float* w, float* m, float* v, const float* g, int64_t count,
                      const AdamWScalars& scalars) {
    each_element(executor, count, [=](int64_t j, int64_t n) {
        const Vec gradient = mul(load_some(g + j, n), broadcast(scalars.gradient_scale));
        const Vec first = fma(broadcast(scalars.beta1), load_some(m + j, n),
                              mul(broadcast(scalars.one_minus_beta1), gradient));
        const Vec second = fma(broadcast(scalars.beta2), load_some(v + j, n),
                               mul(broadcast(scalars.one_minus_beta2), mul(gradient, gradient)));
        const Vec divisor =
            add(root(mul(second, broadcast(scalars.inverse_bias2))), broadcast(scalars.epsilon));
        const Vec direction = div(mul(first, broadcast(scalars.inverse_bias1)), divisor);
        const Vec weight = load_some(w + j, n);
        const Vec change = fma(broadcast(scalars.weight_decay), weight, direction);
        store_some(m + j, first, n);
        store_some(v + j, second, n);
        store_some(w + j, fnma(broadcast(scalars.learning_rate), change, weight), n);
    });
}

}  // namespace
}  // namespace dure::trainer
