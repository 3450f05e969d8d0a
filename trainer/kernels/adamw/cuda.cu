// AdamW on a GPU, element by element, and the clipping factor, which stays where AdamW reads it.
#include "trainer/kernels/cuda/each.h"
#include "trainer/kernels/cuda/launch.h"

namespace dure::trainer::DURE_GPU {
namespace {

struct Step {
    float* w;
    float* m;
    float* v;
    const float* g;
    AdamWScalars scalars;
    const float* gradient_scale;

    DURE_DEVICE void operator()(int64_t i) const {
        const AdamWScalars& s = scalars;
        const float gradient = g[i] * (gradient_scale != nullptr ? *gradient_scale : s.gradient_scale);
        const float first = fma_rn(s.beta1, m[i], s.one_minus_beta1 * gradient);
        const float second = fma_rn(s.beta2, v[i], s.one_minus_beta2 * (gradient * gradient));
        const float root = sqrt_rn(second * s.inverse_bias2) + s.epsilon;
        const float direction = div_rn(first * s.inverse_bias1, root);
        m[i] = first;
        v[i] = second;
        w[i] = fma_rn(-s.learning_rate, fma_rn(s.weight_decay, w[i], direction), w[i]);
    }
};

struct Clip {
    float* numbers;
    double limit;

    DURE_DEVICE void operator()(int64_t) const {
        const double norm = sqrt_rn(static_cast<double>(numbers[0]));
        numbers[1] = limit > 0.0 && norm > limit ? static_cast<float>(div_rn(limit, norm)) : 1.0f;
    }
};

}  // namespace

void adamw(const Stream& stream, float* w, float* m, float* v, const float* g, int64_t count,
           const AdamWScalars& scalars, const float* gradient_scale) {
    launch_each(stream, count, Step{w, m, v, g, scalars, gradient_scale});
}

void clip_factor(const Stream& stream, float* numbers, double limit) {
    launch_each(stream, 1, Clip{numbers, limit});
}

}  // namespace dure::trainer::DURE_GPU
