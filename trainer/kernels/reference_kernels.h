// Every operator of Kernels in plain loops: the definition. Each operator stands in its folder's reference.cpp. It runs anywhere (without a hardware fma slowly),
// in the caller's thread, and is written to be read.
#pragma once

#include "trainer/kernels/kernels.h"

namespace dure::trainer::reference {

class ReferenceKernels final : public Kernels {
  public:
    explicit ReferenceKernels(Executor& executor) : Kernels(Isa::reference, executor) {}

    void matmul(float* out, const float* x, const float* w, int64_t T, int64_t N, int64_t K,
                Store store) const override;
    void matmul_input_gradient(float* dx, const float* dy, const float* w, int64_t T, int64_t N, int64_t K,
                               Store store) const override;
    void matmul_weight_gradient(float* dw, const float* dy, const float* x, int64_t T, int64_t N,
                                int64_t K) const override;
    void rms_norm(float* out, float* inverse_rms, const float* x, const float* gain, float epsilon, int64_t T,
                  int64_t C) const override;
    void rms_norm_gradient(float* dx, float* dgain, const float* dy, const float* x, const float* gain,
                           const float* inverse_rms, int64_t T, int64_t C) const override;
    void rotate(float* x, const float* cosines, const float* sines, const int32_t* positions, int64_t T,
                int64_t heads, int64_t head_dim) const override;
    void rotate_back(float* x, const float* cosines, const float* sines, const int32_t* positions, int64_t T,
                     int64_t heads, int64_t head_dim) const override;
    void swiglu(float* out, const float* gate, const float* up, int64_t count) const override;
    void swiglu_gradient(float* dgate, float* dup, const float* dout, const float* gate, const float* up,
                         int64_t count) const override;
    void attention(float* out, float* row_max, float* row_scale, const float* q, const float* k,
                   const float* v, const AttentionShape& shape) const override;
    void attention_gradient(float* dq, float* dk, float* dv, const float* dout, const float* out,
                            const float* q, const float* k, const float* v, const float* row_max,
                            const float* row_scale, const AttentionShape& shape) const override;
    void attention_cached(const CachedQueries* items, int64_t count, int64_t heads, int64_t kv_heads,
                          int64_t head_dim) const override;
    void embedding(float* out, const float* table, const int32_t* ids, int64_t T, int64_t C) const override;
    void embedding_gradient(float* dtable, const float* dout, const int32_t* ids, int64_t T,
                            int64_t C) const override;
    void softmax(float* out, const float* x, int64_t T, int64_t V, int64_t active) const override;
    void cross_entropy(float* loss, float* dlogits, const float* logits, const int32_t* targets, int64_t T,
                       int64_t V, int64_t active, float scale) const override;
    void adamw(float* w, float* m, float* v, const float* g, int64_t count,
               const AdamWScalars& scalars) const override;
    void add(float* out, const float* a, const float* b, int64_t count) const override;
    void subtract(float* out, const float* a, const float* b, int64_t count) const override;
    void scale(float* out, const float* x, float factor, int64_t count) const override;
    float sum(const float* x, int64_t count) const override;
    float sum_of_squares(const float* x, int64_t count) const override;
    bool all_finite(const float* x, int64_t count) const override;
    void exp(float* out, const float* x, int64_t count) const override;
    void log(float* out, const float* x, int64_t count) const override;
    void sigmoid(float* out, const float* x, int64_t count) const override;
    void tanh(float* out, const float* x, int64_t count) const override;
};

}  // namespace dure::trainer::reference
