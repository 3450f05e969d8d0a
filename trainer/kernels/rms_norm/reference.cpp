#include <algorithm>
#include <cmath>

#include "trainer/kernels/reduction/reference.h"
#include "trainer/kernels/reference_kernels.h"

namespace dure::trainer::reference {

void ReferenceKernels::rms_norm(float* out, float* inverse_rms, const float* x, const float* gain,
                                float epsilon, int64_t T, int64_t C) const {
    for (int64_t t = 0; t < T; ++t) {
        const float* const row = x + t * C;
        const float squares =
            reduce(C, [&](float partial, int64_t c) { return std::fma(row[c], row[c], partial); });
        const float inverse = 1.0f / std::sqrt(squares / static_cast<float>(C) + epsilon);
        for (int64_t c = 0; c < C; ++c)
            out[t * C + c] = (row[c] * inverse) * gain[c];
        if (inverse_rms != nullptr) inverse_rms[t] = inverse;
    }
}

void ReferenceKernels::rms_norm_gradient(float* dx, float* dgain, const float* dy, const float* x,
                                         const float* gain, const float* inverse_rms, int64_t T,
                                         int64_t C) const {
    for (int64_t t = 0; t < T; ++t) {
        const auto h = [&](int64_t c) { return dy[t * C + c] * gain[c]; };
        const auto u = [&](int64_t c) { return x[t * C + c] * inverse_rms[t]; };
        const float mean =
            reduce(C, [&](float partial, int64_t c) { return std::fma(h(c), u(c), partial); }) /
            static_cast<float>(C);
        for (int64_t c = 0; c < C; ++c) {
            dx[t * C + c] = dx[t * C + c] + std::fma(-mean, u(c), h(c)) * inverse_rms[t];
        }
    }
    for (int64_t begin = 0; begin < T; begin += k_token_chunk) {
        const int64_t end = std::min(begin + k_token_chunk, T);
        for (int64_t c = 0; c < C; ++c) {
            float s = 0.0f;
            for (int64_t t = begin; t < end; ++t)
                s = std::fma(dy[t * C + c], x[t * C + c] * inverse_rms[t], s);
            dgain[c] = dgain[c] + (s + 0.0f);
        }
    }
}

}  // namespace dure::trainer::reference
