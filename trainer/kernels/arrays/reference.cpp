#include <cmath>

#include "trainer/kernels/elementary/coefficients.h"
#include "trainer/kernels/reduction/reference.h"
#include "trainer/kernels/reference_kernels.h"

namespace dure::trainer::reference {

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

}  // namespace dure::trainer::reference
