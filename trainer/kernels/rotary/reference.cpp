#include <cmath>

#include "trainer/kernels/reference_kernels.h"

namespace dure::trainer::reference {
namespace {

// (a, b) turned by the angle (c, s); by the opposite angle where `back`.
void rotate_row(float* x, const float* cosines, const float* sines, int64_t heads, int64_t head_dim,
                bool back) {
    const int64_t half = head_dim / 2;
    for (int64_t h = 0; h < heads; ++h) {
        for (int64_t i = 0; i < half; ++i) {
            float& a = x[h * head_dim + i];
            float& b = x[h * head_dim + half + i];
            const float c = cosines[i];
            const float s = back ? -sines[i] : sines[i];
            const float turned_a = std::fma(a, c, -(b * s));
            const float turned_b = std::fma(b, c, a * s);
            a = turned_a;
            b = turned_b;
        }
    }
}

}  // namespace

void ReferenceKernels::rotate(float* x, const float* cosines, const float* sines, const int32_t* positions,
                              int64_t T, int64_t heads, int64_t head_dim) const {
    for (int64_t t = 0; t < T; ++t) {
        const int64_t row = positions[t] * (head_dim / 2);
        rotate_row(x + t * heads * head_dim, cosines + row, sines + row, heads, head_dim, false);
    }
}

void ReferenceKernels::rotate_back(float* x, const float* cosines, const float* sines,
                                   const int32_t* positions, int64_t T, int64_t heads,
                                   int64_t head_dim) const {
    for (int64_t t = 0; t < T; ++t) {
        const int64_t row = positions[t] * (head_dim / 2);
        rotate_row(x + t * heads * head_dim, cosines + row, sines + row, heads, head_dim, true);
    }
}

}  // namespace dure::trainer::reference
