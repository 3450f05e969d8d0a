#include <cmath>

#include "trainer/kernels/implementations.h"
#include "trainer/kernels/reference.h"
#include "trainer/kernels/reference_math.h"

namespace dure::trainer::reference {

void ReferenceKernels::swiglu(float* out, const float* gate, const float* up, int64_t count) const {
    for (int64_t i = 0; i < count; ++i)
        out[i] = (gate[i] * reference::sigmoid(gate[i])) * up[i];
}

void ReferenceKernels::swiglu_gradient(float* dgate, float* dup, const float* dout, const float* gate,
                                       const float* up, int64_t count) const {
    for (int64_t i = 0; i < count; ++i) {
        const float g = gate[i];
        const float u = up[i];
        const float d = dout[i];
        const float s = reference::sigmoid(g);
        dup[i] = d * (g * s);
        dgate[i] = (d * u) * (s * std::fma(g, 1.0f - s, 1.0f));
    }
}

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

void ReferenceKernels::add(float* out, const float* a, const float* b, int64_t count) const {
    for (int64_t i = 0; i < count; ++i)
        out[i] = a[i] + b[i];
}

void ReferenceKernels::subtract(float* out, const float* a, const float* b, int64_t count) const {
    for (int64_t i = 0; i < count; ++i)
        out[i] = a[i] - b[i];
}

void ReferenceKernels::scale(float* out, const float* x, float factor, int64_t count) const {
    for (int64_t i = 0; i < count; ++i)
        out[i] = x[i] * factor;
}

float ReferenceKernels::sum(const float* x, int64_t count) const {
    return reduce(count, [x](float partial, int64_t j) { return partial + x[j]; });
}

float ReferenceKernels::sum_of_squares(const float* x, int64_t count) const {
    return reduce(count, [x](float partial, int64_t j) { return std::fma(x[j], x[j], partial); });
}

bool ReferenceKernels::all_finite(const float* x, int64_t count) const {
    for (int64_t i = 0; i < count; ++i) {
        if (!(std::fabs(x[i]) < coefficients::k_infinity)) return false;
    }
    return true;
}

void ReferenceKernels::exp(float* out, const float* x, int64_t count) const {
    for (int64_t i = 0; i < count; ++i)
        out[i] = reference::exp(x[i]);
}

void ReferenceKernels::log(float* out, const float* x, int64_t count) const {
    for (int64_t i = 0; i < count; ++i)
        out[i] = reference::log(x[i]);
}

void ReferenceKernels::sigmoid(float* out, const float* x, int64_t count) const {
    for (int64_t i = 0; i < count; ++i)
        out[i] = reference::sigmoid(x[i]);
}

void ReferenceKernels::tanh(float* out, const float* x, int64_t count) const {
    for (int64_t i = 0; i < count; ++i)
        out[i] = reference::tanh(x[i]);
}

}  // namespace dure::trainer::reference

namespace dure::trainer {

Kernels* new_reference_kernels(Executor& executor) {
    return new reference::ReferenceKernels(executor);
}

}  // namespace dure::trainer
