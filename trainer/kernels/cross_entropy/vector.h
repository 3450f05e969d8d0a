// Softmax and cross-entropy of rows of logits, on lanes. Included after lanes/avx2.h or lanes/avx512.h;
// everything has internal linkage.
#pragma once

#include "trainer/kernels/elementary/vector.h"
#include "trainer/kernels/reduction/vector.h"

namespace dure::trainer {
namespace {

inline float row_maximum(const float* x, int64_t count) {
    Vec largest = broadcast(-coefficients::k_infinity);
    each_vector(count, [&](int64_t j, int64_t n) {
        largest = head_or(larger(load_some(x + j, n), largest), largest, n);
    });
    float lanes[k_width];
    store(lanes, largest);
    float max = lanes[0];
    for (int64_t i = 1; i < k_width; ++i)
        max = lanes[i] > max ? lanes[i] : max;
    return max;
}

// The sum of e^(x - max); the terms are left in `terms` unless that is nullptr.
inline float exp_row(float* terms, const float* x, float max, int64_t count) {
    return reduce_row(count, [=](Vec partial, int64_t j, int64_t n) {
        const Vec e = vec_exp(sub(load_some(x + j, n), broadcast(max)));
        if (terms != nullptr) store_some(terms + j, e, n);
        return add(partial, e);
    });
}

inline void run_softmax(Executor& executor, float* out, const float* x, int64_t T, int64_t V,
                        int64_t active) {
    each_row_range(executor, T, V, [=](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) {
            float* const row = out + t * V;
            const float inverse = 1.0f / exp_row(row, x + t * V, row_maximum(x + t * V, active), active);
            each_vector(active, [=](int64_t j, int64_t n) {
                store_some(row + j, mul(load_some(row + j, n), broadcast(inverse)), n);
            });
            for (int64_t j = active; j < V; ++j)
                row[j] = 0.0f;
        }
    });
}

inline void run_cross_entropy(Executor& executor, float* loss, float* dlogits, const float* logits,
                              const int32_t* targets, int64_t T, int64_t V, int64_t active, float scale) {
    each_row_range(executor, T, V, [=](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) {
            const float* const row = logits + t * V;
            float* const slopes = dlogits == nullptr ? nullptr : dlogits + t * V;
            const int64_t target = targets[t];
            if (target < 0) {
                loss[t] = 0.0f;
                for (int64_t j = 0; slopes != nullptr && j < V; ++j)
                    slopes[j] = 0.0f;
                continue;
            }
            const float max = row_maximum(row, active);
            const float target_margin = row[target] - max;
            const float denominator = exp_row(slopes, row, max, active);
            float log_denominator = 0.0f;
            store_head(&log_denominator, vec_log(broadcast(denominator)), 1);
            loss[t] = log_denominator - target_margin;
            if (slopes == nullptr) continue;
            const float inverse = 1.0f / denominator;
            const float target_slope = (slopes[target] * inverse - 1.0f) * scale;
            each_vector(active, [=](int64_t j, int64_t n) {
                store_some(slopes + j,
                           mul(mul(load_some(slopes + j, n), broadcast(inverse)), broadcast(scale)), n);
            });
            for (int64_t j = active; j < V; ++j)
                slopes[j] = 0.0f;
            slopes[target] = target_slope;
        }
    });
}

}  // namespace
}  // namespace dure::trainer
