#include <algorithm>
#include <cmath>

#include "trainer/kernels/reference_kernels.h"

namespace dure::trainer::reference {
namespace {

// The finished chain of `count` products whose factors lie `a_step` and `b_step` apart.
float chain(const float* a, int64_t a_step, const float* b, int64_t b_step, int64_t count) {
    float s = 0.0f;
    for (int64_t k = 0; k < count; ++k)
        s = std::fma(a[k * a_step], b[k * b_step], s);
    return s + 0.0f;
}

void put(float& out, float value, Store store) {
    out = store == Store::add ? out + value : value;
}

}  // namespace

void ReferenceKernels::matmul(float* out, const float* x, const float* w, int64_t T, int64_t N, int64_t K,
                              Store store) const {
    for (int64_t t = 0; t < T; ++t) {
        for (int64_t n = 0; n < N; ++n)
            put(out[t * N + n], chain(x + t * K, 1, w + n * K, 1, K), store);
    }
}

void ReferenceKernels::matmul_input_gradient(float* dx, const float* dy, const float* w, int64_t T, int64_t N,
                                             int64_t K, Store store) const {
    for (int64_t t = 0; t < T; ++t) {
        for (int64_t k = 0; k < K; ++k)
            put(dx[t * K + k], chain(dy + t * N, 1, w + k, K, N), store);
    }
}

void ReferenceKernels::matmul_weight_gradient(float* dw, const float* dy, const float* x, int64_t T,
                                              int64_t N, int64_t K) const {
    for (int64_t begin = 0; begin < T; begin += k_token_chunk) {
        const int64_t count = std::min(k_token_chunk, T - begin);
        for (int64_t n = 0; n < N; ++n) {
            for (int64_t k = 0; k < K; ++k) {
                put(dw[n * K + k], chain(dy + begin * N + n, N, x + begin * K + k, K, count), Store::add);
            }
        }
    }
}

}  // namespace dure::trainer::reference
