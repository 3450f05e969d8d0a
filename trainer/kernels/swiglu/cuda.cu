// SwiGLU on a GPU, element by element.
#include "trainer/kernels/cuda/each.h"
#include "trainer/kernels/cuda/launch.h"
#include "trainer/kernels/cuda/math.h"

namespace dure::trainer::DURE_GPU {
namespace {

struct Forward {
    float* out;
    const float* gate;
    const float* up;
    DURE_DEVICE void operator()(int64_t i) const { out[i] = (gate[i] * sigmoid_of(gate[i])) * up[i]; }
};

struct Gradient {
    float* dgate;
    float* dup;
    const float* dout;
    const float* gate;
    const float* up;
    DURE_DEVICE void operator()(int64_t i) const {
        const float g = gate[i];
        const float u = up[i];
        const float d = dout[i];
        const float s = sigmoid_of(g);
        dup[i] = d * (g * s);
        dgate[i] = (d * u) * (s * fma_rn(g, 1.0f - s, 1.0f));
    }
};

}  // namespace

void swiglu(const Stream& stream, float* out, const float* gate, const float* up, int64_t count) {
    launch_each(stream, count, Forward{out, gate, up});
}

void swiglu_gradient(const Stream& stream, float* dgate, float* dup, const float* dout, const float* gate,
                     const float* up, int64_t count) {
    launch_each(stream, count, Gradient{dgate, dup, dout, gate, up});
}

}  // namespace dure::trainer::DURE_GPU
