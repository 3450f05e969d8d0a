// The operators of the arithmetic profile `fp32-chain-1`, chosen at run time for this CPU.
//
// Promise: for finite inputs and results, every implementation of Kernels returns the same bits for the same
// arguments, for any executor. docs/protocol/arithmetic.md states each operator exactly; in short:
//  - all values are fp32, rounded to nearest even, subnormals kept; no contraction but the explicit fma.
//  - chain(k: a_k * b_k): s = +0; for k in increasing order s = fma(a_k, b_k, s); at last s = s + 0.0f.
//  - reduce(j: ...): 32 partial sums that start at +0, element j goes to partial j mod 32; then for
//    h = 16, 8, 4, 2, 1: partial i += partial i + h, for i < h. Above 8192 elements the results of chunks of
//    8192 are reduced again in the same way.
//  - a sum over tokens runs in chunks of 512 tokens: each chunk is a chain, the chunks' sums are added in
//    order to what is there already.
//
// Each operator has a folder: reference.cpp is its definition in plain loops, vector.h the same on vector lanes, cuda.cu
// the same on a GPU.
//
// Pointers name memory of device(): the program's own for the CPU's kernels. Where work is given to another device,
// operators return at once, and those that return a value wait for it.
//
// All matrices are dense and row-major; the shape stands in brackets. Unless a comment says otherwise an
// output must not overlap an input. Sizes are preconditions, not checked: callers own their shapes. Sizes of
// 0 are allowed where they are counts of rows.
//
// Not here: what the operators are composed to (trainer/model), double scalars and tables (scalar_math.h).
#pragma once

#include <cstdint>
#include <memory>

#include "trainer/kernels/executor.h"

namespace dure::trainer {

class Device;

constexpr int64_t k_token_chunk = 512;     // tokens that form one chain of a sum over tokens
constexpr int64_t k_reduce_partials = 32;  // partial sums of a reduction
constexpr int64_t k_reduce_chunk = 8192;   // elements reduced at once

// What a product does with its output: overwrite it, or out = out + product, each product being finished
// first.
enum class Store : uint8_t { write, add };

// Which implementation. All give the same bits; `reference` runs anywhere.
enum class Isa : uint8_t { reference, avx2, avx512 };

// A batch of sequences of equal length under causal grouped-query attention. Query head h uses key/value head
// h / (heads / kv_heads). Token t is position t % positions of sequence t / positions.
struct AttentionShape {
    int64_t sequences = 0;
    int64_t positions = 0;
    int64_t heads = 0;
    int64_t kv_heads = 0;  // divides heads
    int64_t head_dim = 0;
};

// New queries of one sequence against its key/value cache, which already holds the new positions' keys and
// values: query i stands at position first_position + i and sees the keys 0 .. first_position + i.
struct CachedQueries {
    float* out = nullptr;      // [queries, heads, head_dim]
    const float* q = nullptr;  // [queries, heads, head_dim]
    const float* k = nullptr;  // [first_position + queries, kv_heads, head_dim]
    const float* v = nullptr;  // as k
    int64_t first_position = 0;
    int64_t queries = 0;
};

// The scalars of one AdamW step; adamw_scalars() of scalar_math.h makes them.
struct AdamWScalars {
    float learning_rate = 0;
    float beta1 = 0;
    float one_minus_beta1 = 0;
    float beta2 = 0;
    float one_minus_beta2 = 0;
    float inverse_bias1 = 0;  // 1 / (1 - beta1^step)
    float inverse_bias2 = 0;  // 1 / (1 - beta2^step)
    float epsilon = 0;
    float weight_decay = 0;
    float gradient_scale = 1;  // the clipping factor
};

class Kernels {
  public:
    Kernels(const Kernels&) = delete;
    Kernels& operator=(const Kernels&) = delete;
    virtual ~Kernels();

    Isa isa() const;
    Executor& executor() const;
    // Whose memory the arguments lie in, except where an operator says otherwise.
    virtual Device& device() const;
    // Kernels with the same bits for arguments in the program's own memory: *this on the CPU.
    virtual const Kernels& host() const;

    // ---- matrix products: T tokens, K features in, N features out; w is [N, K] ----

    // out [T, N] (+)= x [T, K] * w [N, K]^T.  out[t, n] = chain(k: x[t, k] * w[n, k]).
    virtual void matmul(float* out, const float* x, const float* w, int64_t T, int64_t N, int64_t K,
                        Store store = Store::write) const = 0;
    // dx [T, K] (+)= dy [T, N] * w [N, K].  dx[t, k] = chain(n: dy[t, n] * w[n, k]).
    virtual void matmul_input_gradient(float* dx, const float* dy, const float* w, int64_t T, int64_t N,
                                       int64_t K, Store store = Store::write) const = 0;
    // dw [N, K] += dy [T, N]^T * x [T, K]: for each chunk of 512 tokens in order,
    // dw[n, k] = dw[n, k] + chain(t in chunk: dy[t, n] * x[t, k]). Zero dw when a step begins. A step may be
    // fed in several calls; all but the last then hold a multiple of 512 tokens.
    virtual void matmul_weight_gradient(float* dw, const float* dy, const float* x, int64_t T, int64_t N,
                                        int64_t K) const = 0;

    // ---- RMSNorm: rows of C features ----

    // inverse_rms [T] = 1 / sqrt(reduce(c: x*x) / C + epsilon);  out [T, C] = (x * inverse_rms) * gain [C].
    // inverse_rms may be nullptr.
    virtual void rms_norm(float* out, float* inverse_rms, const float* x, const float* gain, float epsilon,
                          int64_t T, int64_t C) const = 0;
    // With u = x * inverse_rms and h = dy * gain: dx [T, C] += inverse_rms * (h - u * (reduce(c: h*u) / C)),
    // and dgain [C] += sum over tokens of dy * u, in chunks as matmul_weight_gradient. Both are added to.
    virtual void rms_norm_gradient(float* dx, float* dgain, const float* dy, const float* x,
                                   const float* gain, const float* inverse_rms, int64_t T,
                                   int64_t C) const = 0;

    // ---- rotary positions, in place ----

    // x [T, heads, head_dim], head_dim even: rotates each pair (i, i + head_dim / 2) of row t by the angle
    // whose cosine and sine stand in row positions[t] of `cosines` and `sines` [.., head_dim / 2].
    virtual void rotate(float* x, const float* cosines, const float* sines, const int32_t* positions,
                        int64_t T, int64_t heads, int64_t head_dim) const = 0;
    // The inverse rotation: also the gradient.
    virtual void rotate_back(float* x, const float* cosines, const float* sines, const int32_t* positions,
                             int64_t T, int64_t heads, int64_t head_dim) const = 0;

    // ---- SwiGLU, over `count` elements ----

    // out = (gate * sigmoid(gate)) * up.
    virtual void swiglu(float* out, const float* gate, const float* up, int64_t count) const = 0;
    // dgate and dup may be the same memory as gate and up, or as dout.
    virtual void swiglu_gradient(float* dgate, float* dup, const float* dout, const float* gate,
                                 const float* up, int64_t count) const = 0;

    // ---- causal grouped-query attention; scores are scaled by 1 / sqrt(head_dim) ----

    // T = sequences * positions. out, q [T, heads, head_dim]; k, v [T, kv_heads, head_dim];
    // row_max, row_scale [T, heads]: the maximum score and 1 / denominator of each softmax, for the gradient.
    virtual void attention(float* out, float* row_max, float* row_scale, const float* q, const float* k,
                           const float* v, const AttentionShape& shape) const = 0;
    // dq [T, heads, head_dim], dk, dv [T, kv_heads, head_dim] are overwritten.
    virtual void attention_gradient(float* dq, float* dk, float* dv, const float* dout, const float* out,
                                    const float* q, const float* k, const float* v, const float* row_max,
                                    const float* row_scale, const AttentionShape& shape) const = 0;
    // `count` sequences, each with its own cache. Equal to attention() bit for bit.
    virtual void attention_cached(const CachedQueries* items, int64_t count, int64_t heads, int64_t kv_heads,
                                  int64_t head_dim) const = 0;

    // ---- embedding: table [.., C]; every id must be a row of the table ----

    // out [T, C] = table[ids[t]].
    virtual void embedding(float* out, const float* table, const int32_t* ids, int64_t T,
                           int64_t C) const = 0;
    // dtable[ids[t]] += dout [T, C], in token order, without chunks.
    virtual void embedding_gradient(float* dtable, const float* dout, const int32_t* ids, int64_t T,
                                    int64_t C) const = 0;

    // ---- softmax and cross-entropy: rows of V logits of which the first `active` take part ----

    // out [T, V] = softmax of x [T, V]; columns from `active` on become 0. out may be x.
    virtual void softmax(float* out, const float* x, int64_t T, int64_t V, int64_t active) const = 0;
    // loss [T] = log(sum exp(x - max)) - (x[target] - max);  dlogits [T, V] = (softmax - onehot(target)) *
    // scale. target -1: the token is ignored, loss and gradient are 0; else target < active. Columns from
    // `active` on get 0. dlogits may be logits, or nullptr where only the loss is wanted.
    virtual void cross_entropy(float* loss, float* dlogits, const float* logits, const int32_t* targets,
                               int64_t T, int64_t V, int64_t active, float scale) const = 0;

    // ---- whole arrays ----

    // One AdamW step on weights w with moments m, v and gradient g, all [count].
    virtual void adamw(float* w, float* m, float* v, const float* g, int64_t count,
                       const AdamWScalars& scalars) const = 0;
    // numbers [2]: the gradient's sum of squares, and min(1, limit / its root), or 1 where limit is 0: scalar_math.h's
    // clip_factor. They stay in the device's memory, so that a step need not wait for them.
    virtual void clip(float* numbers, const float* g, int64_t count, double limit) const;
    // adamw with the gradient's scale read from the device's memory instead of scalars.gradient_scale.
    virtual void adamw_clipped(float* w, float* m, float* v, const float* g, int64_t count,
                               const AdamWScalars& scalars, const float* gradient_scale) const;
    // out = a + b; out may be a or b.
    virtual void add(float* out, const float* a, const float* b, int64_t count) const = 0;
    // out = a - b; out may be a or b.
    virtual void subtract(float* out, const float* a, const float* b, int64_t count) const = 0;
    // out = x * factor; out may be x.
    virtual void scale(float* out, const float* x, float factor, int64_t count) const = 0;
    // reduce(j: x_j), and reduce(j: x_j * x_j) with partials fma(x, x, partial).
    virtual float sum(const float* x, int64_t count) const = 0;
    virtual float sum_of_squares(const float* x, int64_t count) const = 0;
    // Whether no element is infinite or NaN.
    virtual bool all_finite(const float* x, int64_t count) const = 0;

    // ---- elementary functions, element by element; out may be x ----

    virtual void exp(float* out, const float* x, int64_t count) const = 0;
    virtual void log(float* out, const float* x, int64_t count) const = 0;
    virtual void sigmoid(float* out, const float* x, int64_t count) const = 0;
    virtual void tanh(float* out, const float* x, int64_t count) const = 0;

  protected:
    Kernels(Isa isa, Executor& executor);

    Isa isa_;
    Executor* executor_;
};

// Whether this CPU (and its operating system) can run `isa`.
bool isa_supported(Isa isa);
// The fastest that is supported.
Isa best_isa();
// "reference", "avx2", "avx512".
const char* isa_name(Isa isa);
// The Isa of that name; false, and `isa` untouched, if there is none.
bool isa_from_name(const char* name, Isa& isa);

// `executor` must outlive the result; `isa` must be supported. Safe to use from several threads if the
// executor is.
std::unique_ptr<Kernels> make_kernels(Isa isa, Executor& executor);

}  // namespace dure::trainer
