#include <cmath>

#include "trainer/kernels/reference_kernels.h"

namespace dure::trainer::reference {

void ReferenceKernels::adamw(float* w, float* m, float* v, const float* g, int64_t count,
                             const AdamWScalars& scalars) const {
    for (int64_t i = 0; i < count; ++i) {
        const float gradient = g[i] * scalars.gradient_scale;
        m[i] = std::fma(scalars.beta1, m[i], scalars.one_minus_beta1 * gradient);
        v[i] = std::fma(scalars.beta2, v[i], scalars.one_minus_beta2 * (gradient * gradient));
        const float root = std::sqrt(v[i] * scalars.inverse_bias2) + scalars.epsilon;
        const float direction = (m[i] * scalars.inverse_bias1) / root;
        w[i] = std::fma(-scalars.learning_rate, std::fma(scalars.weight_decay, w[i], direction), w[i]);
    }
}

}  // namespace dure::trainer::reference
