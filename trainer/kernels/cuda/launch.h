// What the host asks of the GPU's operators: each function puts its kernels into the stream and returns. Arguments are as
// in kernels.h; the functions stand in cuda.cu beside each operator's definition.
#pragma once

#include "trainer/kernels/cuda/platform.h"
#include "trainer/kernels/kernels.h"

namespace dure::trainer::DURE_GPU {

// C [M, N] from A and B of K terms: c[m, n] = chain(k: a(m, k) * b(n, k)), written or added to what is there.
struct Product {
    const float* a = nullptr;
    const float* b = nullptr;
    float* c = nullptr;
    int64_t M = 0;
    int64_t N = 0;
    int64_t K = 0;
    bool a_holds_rows = true;  // a is [M, K], else [K, M]
    bool b_holds_rows = true;  // b is [N, K], else [K, N]
    bool add = false;
};
void product(const Stream& stream, const Product& p);
// The same for at most k_few_rows rows of A, both A and B holding rows.
constexpr int64_t k_few_rows = 8;
void product_few_rows(const Stream& stream, const Product& p);
// c += in chunks of k_token_chunk terms. `sums` has room for `sums_room` floats: with it several chunks run at once.
void product_in_chunks(const Stream& stream, const Product& p, float* sums, int64_t sums_room);
// How many floats of `sums` serve such a product best.
int64_t chunk_sums_wanted(const Stream& stream, const Product& p);
// c [count] += sums [chunks, count], chunk by chunk.
void add_chunks(const Stream& stream, float* c, const float* sums, int64_t chunks, int64_t count);

void rms_norm(const Stream& stream, float* out, float* inverse_rms, const float* x, const float* gain,
              float epsilon, int64_t T, int64_t C);
// sums [ceil(T / k_token_chunk), C]
void rms_norm_gradient(const Stream& stream, float* dx, float* dgain, const float* dy, const float* x,
                       const float* gain, const float* inverse_rms, int64_t T, int64_t C, float* sums);

void rotate(const Stream& stream, float* x, const float* cosines, const float* sines,
            const int32_t* positions, int64_t T, int64_t heads, int64_t head_dim, bool back);

void swiglu(const Stream& stream, float* out, const float* gate, const float* up, int64_t count);
void swiglu_gradient(const Stream& stream, float* dgate, float* dup, const float* dout, const float* gate,
                     const float* up, int64_t count);

// out, row_max and row_scale of whole sequences.
void attention(const Stream& stream, float* out, float* row_max, float* row_scale, const float* q,
               const float* k, const float* v, const AttentionShape& shape);
// delta [T, heads]
void attention_gradient(const Stream& stream, float* dq, float* dk, float* dv, const float* dout,
                        const float* out, const float* q, const float* k, const float* v,
                        const float* row_max, const float* row_scale, const AttentionShape& shape,
                        float* delta);
// `items` in the device's memory; most_queries is the largest number of queries of an item. scores has room for
// attention_scores_wanted floats.
struct CachedAttention {
    const CachedQueries* items = nullptr;
    int64_t count = 0;
    int64_t most_queries = 0;
    int64_t most_keys = 0;
    int64_t heads = 0;
    int64_t kv_heads = 0;
    int64_t head_dim = 0;
};
int64_t attention_scores_wanted(const CachedAttention& attention);
void attention_cached(const Stream& stream, const CachedAttention& attention, float* scores);

void embedding(const Stream& stream, float* out, const float* table, const int32_t* ids, int64_t T,
               int64_t C);
void embedding_gradient(const Stream& stream, float* dtable, const float* dout, const int32_t* ids, int64_t T,
                        int64_t C);

void softmax(const Stream& stream, float* out, const float* x, int64_t T, int64_t V, int64_t active);
void cross_entropy(const Stream& stream, float* loss, float* dlogits, const float* logits,
                   const int32_t* targets, int64_t T, int64_t V, int64_t active, float scale);

// gradient_scale: in the device's memory, or nullptr for that of the scalars.
void adamw(const Stream& stream, float* w, float* m, float* v, const float* g, int64_t count,
           const AdamWScalars& scalars, const float* gradient_scale);
// numbers[1] from numbers[0], as scalar_math.h's clip_factor.
void clip_factor(const Stream& stream, float* numbers, double limit);

void add(const Stream& stream, float* out, const float* a, const float* b, int64_t count);
void subtract(const Stream& stream, float* out, const float* a, const float* b, int64_t count);
void scale(const Stream& stream, float* out, const float* x, float factor, int64_t count);
// result [1]; levels has room for reduction_levels_wanted(count) floats.
int64_t reduction_levels_wanted(int64_t count);
void reduce_sum(const Stream& stream, float* result, const float* x, int64_t count, bool squares,
                float* levels);
// Sets found [1] to 1 if an element is infinite or NaN; else leaves it.
void find_not_finite(const Stream& stream, int32_t* found, const float* x, int64_t count);

enum class Elementary : uint8_t { exp, log, sigmoid, tanh };
void elementary(const Stream& stream, Elementary function, float* out, const float* x, int64_t count);

}  // namespace dure::trainer::DURE_GPU
