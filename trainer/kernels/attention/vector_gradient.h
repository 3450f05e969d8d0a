// The gradient of causal grouped-query attention on lanes: scores are computed again from the stored maxima
// and denominators. Masked keys inside a block get +0 and come first in the chains of the key gradients,
// where an fma with +0 changes nothing. Included after lanes/avx2.h or lanes/avx512.h; everything has
// internal linkage.
#pragma once

#include "trainer/kernels/attention/vector.h"

namespace dure::trainer {
namespace {

constexpr int64_t k_gradient_block = 64;  // query rows whose probabilities are kept at once

// The gradient for one sequence and one key/value head.
struct AttentionGradient {
    const AttentionShape& shape;
    float* dq;
    float* dk;
    float* dv;
    const float* dout;
    const float* out;
    const float* q;
    const float* k;
    const float* v;
    const float* row_max;
    const float* row_scale;

    void run(int64_t sequence, int64_t kv_head) const {
        const int64_t S = shape.positions;
        const int64_t D = shape.head_dim;
        const int64_t group = shape.heads / shape.kv_heads;
        const int64_t kv_stride = shape.kv_heads * D;
        const int64_t kv_first = sequence * S * kv_stride + kv_head * D;
        const int64_t padded = padded_keys(S);
        float* const keys = scratch(Scratch::keys, D * padded);
        float* const values = scratch(Scratch::values, D * padded);
        transpose_keys(keys, padded, k + kv_first, kv_stride, S, D);
        transpose_keys(values, padded, v + kv_first, kv_stride, S, D);
        for (int64_t j = 0; j < S; ++j) {
            for (int64_t d = 0; d < D; ++d) {
                dk[kv_first + j * kv_stride + d] = 0.0f;
                dv[kv_first + j * kv_stride + d] = 0.0f;
            }
        }
        for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
            for (int64_t chunk = 0; chunk < S; chunk += k_token_chunk) {
                const int64_t chunk_end = min_of(chunk + k_token_chunk, S);
                for (int64_t begin = chunk; begin < chunk_end; begin += k_gradient_block) {
                    const int64_t end = min_of(begin + k_gradient_block, chunk_end);
                    run_block(sequence, head, kv_first, chunk, chunk_end, begin, end);
                }
            }
        }
    }

  private:
    // p becomes the softmax, ds the gradient of the unscaled scores, for the `seen` keys; zeros up to
    // `width`.
    void soften_row(float* p, float* ds, const float* dout_row, const float* out_row, int64_t stat,
                    int64_t seen, int64_t width) const {
        const float factor = score_scale(shape.head_dim);
        const float delta = reduce_row(shape.head_dim, [=](Vec partial, int64_t d, int64_t n) {
            return fma(load_some(dout_row + d, n), load_some(out_row + d, n), partial);
        });
        const Vec max = broadcast(row_max[stat]);
        const Vec inverse = broadcast(row_scale[stat]);
        each_vector(seen, [&](int64_t j, int64_t n) {
            const Vec score = mul(load_some(p + j, n), broadcast(factor));
            const Vec probability = mul(vec_exp(sub(score, max)), inverse);
            const Vec slope = mul(probability, sub(load_some(ds + j, n), broadcast(delta)));
            store_some(p + j, probability, n);
            store_some(ds + j, mul(slope, broadcast(factor)), n);
        });
        for (int64_t j = seen; j < width; ++j) {
            p[j] = 0.0f;
            ds[j] = 0.0f;
        }
    }

    void run_block(int64_t sequence, int64_t head, int64_t kv_first, int64_t chunk, int64_t chunk_end,
                   int64_t begin, int64_t end) const {
        const int64_t D = shape.head_dim;
        const int64_t padded = padded_keys(shape.positions);
        const int64_t q_stride = shape.heads * D;
        const int64_t kv_stride = shape.kv_heads * D;
        const int64_t token = sequence * shape.positions + begin;
        const int64_t q_first = token * q_stride + head * D;
        const int64_t rows = end - begin;
        float* const p = scratch(Scratch::probabilities, k_gradient_block * padded);
        float* const ds = scratch(Scratch::gradients, k_gradient_block * padded);
        const float* const keys = scratch(Scratch::keys, D * padded);
        const float* const values = scratch(Scratch::values, D * padded);
        small_product(p, padded, q + q_first, q_stride, 1, keys, padded, rows, end, D);
        small_product(ds, padded, dout + q_first, q_stride, 1, values, padded, rows, end, D);
        for (int64_t r = 0; r < rows; ++r) {
            soften_row(p + r * padded, ds + r * padded, dout + q_first + r * q_stride,
                       out + q_first + r * q_stride, (token + r) * shape.heads + head, begin + r + 1, end);
        }
        small_product(dq + q_first, q_stride, ds, padded, 1, k + kv_first, kv_stride, rows, D, end);

        float* const key_sums = scratch(Scratch::key_sums, shape.positions * D);
        float* const value_sums = scratch(Scratch::value_sums, shape.positions * D);
        if (begin == chunk) {
            for (int64_t i = 0; i < chunk_end * D; ++i) {
                key_sums[i] = 0.0f;
                value_sums[i] = 0.0f;
            }
        }
        Tile tile = {};
        tile.a_row = 1;
        tile.a_k = padded;
        tile.b_k = q_stride;
        tile.K = rows;
        tile.partial_row = D;
        tile.c_row = kv_stride;
        tile.last = end == chunk_end;
        tile.add = true;
        tile.a = ds;
        tile.b = q + q_first;
        tile.partial = key_sums;
        tile.c = dk + kv_first;
        direct_product(tile, end, D);
        tile.a = p;
        tile.b = dout + q_first;
        tile.partial = value_sums;
        tile.c = dv + kv_first;
        direct_product(tile, end, D);
    }
};

inline void run_attention_gradient(Executor& executor, const AttentionGradient& gradient) {
    const int64_t kv_heads = gradient.shape.kv_heads;
    executor.parallel_for(gradient.shape.sequences * kv_heads, [&](int64_t task, int64_t tasks_end) {
        for (; task < tasks_end; ++task)
            gradient.run(task / kv_heads, task % kv_heads);
    });
}

}  // namespace
}  // namespace dure::trainer
