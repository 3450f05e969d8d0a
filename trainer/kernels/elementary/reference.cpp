#include "trainer/kernels/elementary/reference.h"
#include "trainer/kernels/reference_kernels.h"

namespace dure::trainer::reference {

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
