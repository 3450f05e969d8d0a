#include <algorithm>

#include "trainer/kernels/elementary/reference.h"
#include "trainer/kernels/reduction/reference.h"
#include "trainer/kernels/reference_kernels.h"

namespace dure::trainer::reference {
namespace {

float row_max(const float* x, int64_t count) {
    float max = -coefficients::k_infinity;
    for (int64_t j = 0; j < count; ++j)
        max = x[j] > max ? x[j] : max;
    return max;
}

float exp_sum(const float* x, float max, int64_t count) {
    return reduce(count, [&](float partial, int64_t j) { return partial + reference::exp(x[j] - max); });
}

}  // namespace

void ReferenceKernels::softmax(float* out, const float* x, int64_t T, int64_t V, int64_t active) const {
    for (int64_t t = 0; t < T; ++t) {
        const float* const row = x + t * V;
        const float max = row_max(row, active);
        const float inverse = 1.0f / exp_sum(row, max, active);
        for (int64_t j = 0; j < V; ++j)
            out[t * V + j] = j < active ? reference::exp(row[j] - max) * inverse : 0.0f;
    }
}

void ReferenceKernels::cross_entropy(float* loss, float* dlogits, const float* logits, const int32_t* targets,
                                     int64_t T, int64_t V, int64_t active, float scale) const {
    for (int64_t t = 0; t < T; ++t) {
        const float* const row = logits + t * V;
        const int64_t target = targets[t];
        if (target < 0) {
            loss[t] = 0.0f;
            if (dlogits != nullptr) std::fill_n(dlogits + t * V, V, 0.0f);
            continue;
        }
        const float max = row_max(row, active);
        const float denominator = exp_sum(row, max, active);
        loss[t] = reference::log(denominator) - (row[target] - max);
        if (dlogits == nullptr) continue;
        const float inverse = 1.0f / denominator;
        for (int64_t j = 0; j < V; ++j) {
            const float p = j < active ? reference::exp(row[j] - max) * inverse : 0.0f;
            dlogits[t * V + j] = (j == target ? p - 1.0f : p) * scale;
        }
    }
}

}  // namespace dure::trainer::reference
