#include <cmath>

#include "trainer/kernels/elementary/reference.h"
#include "trainer/kernels/reference_kernels.h"

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

}  // namespace dure::trainer::reference
