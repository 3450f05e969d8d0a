// The class that binds the operators' vector.h to Kernels. Included after lanes/avx2.h or lanes/avx512.h; everything
// has internal linkage, so avx2.cpp and avx512.cpp each get their own.
#pragma once

#include "trainer/kernels/adamw/vector.h"
#include "trainer/kernels/arrays/vector.h"
#include "trainer/kernels/attention/vector.h"
#include "trainer/kernels/attention/vector_gradient.h"
#include "trainer/kernels/cross_entropy/vector.h"
#include "trainer/kernels/elementary/vector.h"
#include "trainer/kernels/embedding/vector.h"
#include "trainer/kernels/kernels.h"
#include "trainer/kernels/products/few_rows.h"
#include "trainer/kernels/products/vector.h"
#include "trainer/kernels/rms_norm/vector.h"
#include "trainer/kernels/rotary/vector.h"
#include "trainer/kernels/swiglu/vector.h"

namespace dure::trainer {
namespace {

class VectorKernels final : public Kernels {
  public:
    explicit VectorKernels(Executor& executor) : Kernels(k_isa, executor) {}

    void matmul(float* out, const float* x, const float* w, int64_t T, int64_t N, int64_t K,
                Store store) const override {
        if (T >= 1 && T <= k_fewest_rows) {
            run_few_rows(*executor_, out, x, w, T, N, K, store == Store::add);
        } else {
            run_product(*executor_, {x, K, true, w, K, true, out, N, T, N, K, store == Store::add, false});
        }
    }
    void matmul_input_gradient(float* dx, const float* dy, const float* w, int64_t T, int64_t N, int64_t K,
                               Store store) const override {
        run_product(*executor_, {dy, N, true, w, K, false, dx, K, T, K, N, store == Store::add, false});
    }
    void matmul_weight_gradient(float* dw, const float* dy, const float* x, int64_t T, int64_t N,
                                int64_t K) const override {
        run_product(*executor_, {dy, N, false, x, K, false, dw, K, N, K, T, true, true});
    }
    void rms_norm(float* out, float* inverse_rms, const float* x, const float* gain, float epsilon, int64_t T,
                  int64_t C) const override {
        run_rms_norm(*executor_, out, inverse_rms, x, gain, epsilon, T, C);
    }
    void rms_norm_gradient(float* dx, float* dgain, const float* dy, const float* x, const float* gain,
                           const float* inverse_rms, int64_t T, int64_t C) const override {
        run_rms_norm_gradient(*executor_, dx, dgain, dy, x, gain, inverse_rms, T, C);
    }
    void rotate(float* x, const float* cosines, const float* sines, const int32_t* positions, int64_t T,
                int64_t heads, int64_t head_dim) const override {
        run_rotate(*executor_, x, cosines, sines, positions, T, heads, head_dim, false);
    }
    void rotate_back(float* x, const float* cosines, const float* sines, const int32_t* positions, int64_t T,
                     int64_t heads, int64_t head_dim) const override {
        run_rotate(*executor_, x, cosines, sines, positions, T, heads, head_dim, true);
    }
    void swiglu(float* out, const float* gate, const float* up, int64_t count) const override {
        run_swiglu(*executor_, out, gate, up, count);
    }
    void swiglu_gradient(float* dgate, float* dup, const float* dout, const float* gate, const float* up,
                         int64_t count) const override {
        run_swiglu_gradient(*executor_, dgate, dup, dout, gate, up, count);
    }
    void attention(float* out, float* row_max, float* row_scale, const float* q, const float* k,
                   const float* v, const AttentionShape& shape) const override {
        run_attention(*executor_, out, row_max, row_scale, q, k, v, shape);
    }
    void attention_gradient(float* dq, float* dk, float* dv, const float* dout, const float* out,
                            const float* q, const float* k, const float* v, const float* row_max,
                            const float* row_scale, const AttentionShape& shape) const override {
        run_attention_gradient(*executor_, {shape, dq, dk, dv, dout, out, q, k, v, row_max, row_scale});
    }
    void attention_cached(const CachedQueries* items, int64_t count, int64_t heads, int64_t kv_heads,
                          int64_t head_dim) const override {
        run_attention_cached(*executor_, items, count, heads, kv_heads, head_dim);
    }
    void embedding(float* out, const float* table, const int32_t* ids, int64_t T, int64_t C) const override {
        run_embedding(*executor_, out, table, ids, T, C);
    }
    void embedding_gradient(float* dtable, const float* dout, const int32_t* ids, int64_t T,
                            int64_t C) const override {
        run_embedding_gradient(*executor_, dtable, dout, ids, T, C);
    }
    void softmax(float* out, const float* x, int64_t T, int64_t V, int64_t active) const override {
        run_softmax(*executor_, out, x, T, V, active);
    }
    void cross_entropy(float* loss, float* dlogits, const float* logits, const int32_t* targets, int64_t T,
                       int64_t V, int64_t active, float scale) const override {
        run_cross_entropy(*executor_, loss, dlogits, logits, targets, T, V, active, scale);
    }
    void adamw(float* w, float* m, float* v, const float* g, int64_t count,
               const AdamWScalars& scalars) const override {
        run_adamw(*executor_, w, m, v, g, count, scalars);
    }
    void add(float* out, const float* a, const float* b, int64_t count) const override {
        run_add(*executor_, out, a, b, count);
    }
    void subtract(float* out, const float* a, const float* b, int64_t count) const override {
        run_subtract(*executor_, out, a, b, count);
    }
    void scale(float* out, const float* x, float factor, int64_t count) const override {
        run_scale(*executor_, out, x, factor, count);
    }
    float sum(const float* x, int64_t count) const override { return run_sum(*executor_, x, count); }
    float sum_of_squares(const float* x, int64_t count) const override {
        return run_sum_of_squares(*executor_, x, count);
    }
    bool all_finite(const float* x, int64_t count) const override { return run_all_finite(x, count); }
    void exp(float* out, const float* x, int64_t count) const override {
        map_array(*executor_, out, x, count, [](Vec v) { return vec_exp(v); });
    }
    void log(float* out, const float* x, int64_t count) const override {
        map_array(*executor_, out, x, count, [](Vec v) { return vec_log(v); });
    }
    void sigmoid(float* out, const float* x, int64_t count) const override {
        map_array(*executor_, out, x, count, [](Vec v) { return vec_sigmoid(v); });
    }
    void tanh(float* out, const float* x, int64_t count) const override {
        map_array(*executor_, out, x, count, [](Vec v) { return vec_tanh(v); });
    }
};

}  // namespace
}  // namespace dure::trainer
