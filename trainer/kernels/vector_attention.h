// Causal grouped-query attention on lanes: scores, softmax, output and gradient for blocks of query rows.
// Masked keys inside a block get probability +0 and come last in their chains (first, for the key gradients),
// where an fma with +0 changes nothing. Included after a lanes_*.h; everything has internal linkage.
#pragma once

#include "trainer/kernels/vector_products.h"

namespace dure::trainer {
namespace {

constexpr int64_t k_query_block = 4 * k_tile_rows;  // query rows of one task, forward
constexpr int64_t k_gradient_block = 64;  // query rows whose probabilities are kept at once, backward

inline float score_scale(int64_t head_dim) {
    float factor = 0.0f;
    store_head(&factor, div(broadcast(1.0f), root(broadcast(static_cast<float>(head_dim)))), 1);
    return factor;
}

inline int64_t padded_keys(int64_t keys) {
    return ceil_div(keys, k_tile_columns) * k_tile_columns;
}

// transposed [head_dim][padded] from `keys` rows of head_dim floats, `stride` apart.
inline void transpose_keys(float* transposed, int64_t padded, const float* rows, int64_t stride, int64_t keys,
                           int64_t head_dim) {
    for (int64_t j = 0; j < keys; j += k_width) {
        const int64_t here = min_of(keys - j, k_width);
        for (int64_t d = 0; d < head_dim; d += k_width) {
            const int64_t count = min_of(head_dim - d, k_width);
            Vec block[k_width];
            for (int64_t i = 0; i < k_width; ++i) {
                block[i] = i < here ? load_some(rows + (j + i) * stride + d, count) : zero();
            }
            transpose(block);
            for (int64_t i = 0; i < count; ++i)
                store(transposed + (d + i) * padded + j, block[i]);
        }
    }
}

// C = A * B with the whole chain at once.
inline void small_product(float* c, int64_t c_row, const float* a, int64_t a_row, int64_t a_k, const float* b,
                          int64_t b_k, int64_t rows, int64_t columns, int64_t K) {
    Tile tile = {};
    tile.a = a;
    tile.a_row = a_row;
    tile.a_k = a_k;
    tile.b = b;
    tile.b_k = b_k;
    tile.K = K;
    tile.c = c;
    tile.c_row = c_row;
    tile.first = true;
    tile.last = true;
    direct_product(tile, rows, columns);
}

// scores [keys] become e^(score * factor - max), zeros up to `width`. Returns 1 / their sum.
inline float soft_row(float* scores, int64_t keys, int64_t width, float factor, float& max) {
    Vec largest = broadcast(-coefficients::k_infinity);
    each_vector(keys, [&](int64_t j, int64_t n) {
        const Vec score = mul(load_some(scores + j, n), broadcast(factor));
        largest = head_or(larger(score, largest), largest, n);
        store_some(scores + j, score, n);
    });
    float lanes[k_width];
    store(lanes, largest);
    max = lanes[0];
    for (int64_t i = 1; i < k_width; ++i)
        max = lanes[i] > max ? lanes[i] : max;
    const float sum = reduce_row(keys, [=](Vec partial, int64_t j, int64_t n) {
        const Vec p = vec_exp(sub(load_some(scores + j, n), broadcast(max)));
        store_some(scores + j, p, n);
        return add(partial, p);
    });
    for (int64_t j = keys; j < width; ++j)
        scores[j] = 0.0f;
    return 1.0f / sum;
}

// One head of one sequence: a view of its rows.
struct Rows {
    const float* first;
    int64_t stride;
};

// Queries [begin, end) of one head, query i at position first_position + i, against transposed keys.
inline void attend_block(float* out, int64_t out_stride, float* row_max, float* row_scale,
                         int64_t stat_stride, Rows q, const float* keys, int64_t padded, Rows v,
                         int64_t first_position, int64_t begin, int64_t end, int64_t head_dim) {
    const float factor = score_scale(head_dim);
    for (int64_t i = begin; i < end; i += k_tile_rows) {
        const int64_t rows = min_of(end - i, k_tile_rows);
        const int64_t width = first_position + i + rows;  // keys that the last of these rows sees
        float* const p = scratch(Scratch::probabilities, k_tile_rows * padded);
        small_product(p, padded, q.first + i * q.stride, q.stride, 1, keys, padded, rows, width, head_dim);
        float scales[k_tile_rows];
        for (int64_t r = 0; r < rows; ++r) {
            float max = 0.0f;
            scales[r] = soft_row(p + r * padded, first_position + i + r + 1, width, factor, max);
            if (row_max != nullptr) {
                row_max[(i + r) * stat_stride] = max;
                row_scale[(i + r) * stat_stride] = scales[r];
            }
        }
        small_product(out + i * out_stride, out_stride, p, padded, 1, v.first, v.stride, rows, head_dim,
                      width);
        for (int64_t r = 0; r < rows; ++r) {
            float* const row = out + (i + r) * out_stride;
            each_vector(head_dim, [&](int64_t d, int64_t n) {
                store_some(row + d, mul(load_some(row + d, n), broadcast(scales[r])), n);
            });
        }
    }
}

inline void run_attention(Executor& executor, float* out, float* row_max, float* row_scale, const float* q,
                          const float* k, const float* v, const AttentionShape& shape) {
    const int64_t S = shape.positions;
    const int64_t D = shape.head_dim;
    const int64_t group = shape.heads / shape.kv_heads;
    const int64_t q_stride = shape.heads * D;
    const int64_t kv_stride = shape.kv_heads * D;
    const int64_t blocks = ceil_div(S, k_query_block);
    executor.parallel_for(shape.sequences * shape.kv_heads * blocks, [&](int64_t task, int64_t tasks_end) {
        for (; task < tasks_end; ++task) {
            const int64_t sequence = task / (shape.kv_heads * blocks);
            const int64_t kv_head = task / blocks % shape.kv_heads;
            const int64_t begin = task % blocks * k_query_block;
            const int64_t end = min_of(begin + k_query_block, S);
            const int64_t padded = padded_keys(end);
            const int64_t kv_first = sequence * S * kv_stride + kv_head * D;
            float* const keys = scratch(Scratch::keys, D * padded);
            transpose_keys(keys, padded, k + kv_first, kv_stride, end, D);
            for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
                const int64_t q_first = sequence * S * q_stride + head * D;
                const int64_t stat_first = sequence * S * shape.heads + head;
                attend_block(out + q_first, q_stride, row_max + stat_first, row_scale + stat_first,
                             shape.heads, {q + q_first, q_stride}, keys, padded, {v + kv_first, kv_stride}, 0,
                             begin, end, D);
            }
        }
    });
}

inline void run_attention_cached(Executor& executor, const CachedQueries* items, int64_t count, int64_t heads,
                                 int64_t kv_heads, int64_t head_dim) {
    const int64_t group = heads / kv_heads;
    executor.parallel_for(count * kv_heads, [&](int64_t task, int64_t tasks_end) {
        for (; task < tasks_end; ++task) {
            const CachedQueries& item = items[task / kv_heads];
            if (item.queries == 0) continue;
            const int64_t kv_head = task % kv_heads;
            const int64_t all_keys = item.first_position + item.queries;
            const int64_t padded = padded_keys(all_keys);
            const int64_t kv_stride = kv_heads * head_dim;
            float* const keys = scratch(Scratch::keys, head_dim * padded);
            transpose_keys(keys, padded, item.k + kv_head * head_dim, kv_stride, all_keys, head_dim);
            for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
                attend_block(item.out + head * head_dim, heads * head_dim, nullptr, nullptr, 0,
                             {item.q + head * head_dim, heads * head_dim}, keys, padded,
                             {item.v + kv_head * head_dim, kv_stride}, item.first_position, 0, item.queries,
                             head_dim);
            }
        }
    });
}

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
