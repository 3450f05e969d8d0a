// Causal grouped-query attention on lanes: scores, softmax and output for blocks of query rows. Masked keys
// inside a block get probability +0 and come last in their chains, where an fma with +0 changes nothing.
// Included after lanes/avx2.h or lanes/avx512.h; everything has internal linkage.
#pragma once

#include "trainer/kernels/elementary/vector.h"
#include "trainer/kernels/products/tile.h"
#include "trainer/kernels/reduction/vector.h"

namespace dure::trainer {
namespace {

constexpr int64_t k_query_block = 4 * k_tile_rows;  // query rows of one task, forward

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

}  // namespace
}  // namespace dure::trainer
