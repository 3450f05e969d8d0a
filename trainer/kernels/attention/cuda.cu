// Attention on a GPU. A block makes 64 queries of one head in two passes over the keys: the first finds each row's maximum,
// the second makes the scores again, exponentiates them, and goes on with the denominators and the outputs' chains.
// Masked keys weigh 0 at the end of a chain, where they change nothing. A few queries against a cache (decoding) take a
// block for each query and head instead.
#include "trainer/kernels/attention/cuda_tile.h"
#include "trainer/kernels/cuda/launch.h"
#include "trainer/kernels/cuda/math.h"
#include "trainer/kernels/cuda/reduce.h"

namespace dure::trainer::DURE_GPU {
namespace {

constexpr int64_t k_most_decoded = 8;  // queries of an item that decoding takes

struct ForwardArguments {
    CachedQueries whole;         // of sequence 0, where items is nullptr; the others follow
    const CachedQueries* items;  // or one for each sequence
    float* row_max;              // [.., heads], or nullptr
    float* row_scale;
    int64_t heads;
    int64_t kv_heads;
    int64_t head_dim;
};

DURE_DEVICE CachedQueries item_of(const ForwardArguments& arguments, int64_t n) {
    if (arguments.items != nullptr) return arguments.items[n];
    CachedQueries item = arguments.whole;
    const int64_t rows = n * item.queries;
    item.out += rows * arguments.heads * arguments.head_dim;
    item.q += rows * arguments.heads * arguments.head_dim;
    item.k += rows * arguments.kv_heads * arguments.head_dim;
    item.v += rows * arguments.kv_heads * arguments.head_dim;
    return item;
}

template <int width>
DURE_KERNEL(k_attention_threads, 1)
attention_kernel(ForwardArguments arguments) {
    constexpr int k_columns = width / k_attention_side;
    constexpr int k_warps = k_attention_threads / k_warp;
    constexpr int k_rows_of_warp = k_attention_tile / k_warps;
    DURE_SHARED AttentionSlabs slabs;
    DURE_SHARED WeightTile tile;
    DURE_SHARED ValueSlab<width> slab;
    DURE_SHARED float row_numbers[k_attention_tile];

    const Index block = block_index();
    const int64_t head = block.y;
    const CachedQueries item = item_of(arguments, block.z);
    const int64_t first_query = int64_t{block.x} * k_attention_tile;
    if (first_query >= item.queries || (arguments.items != nullptr && item.queries <= k_most_decoded)) return;
    const int64_t D = arguments.head_dim;
    const int64_t kv_head = head / (arguments.heads / arguments.kv_heads);
    const int64_t keys = item.first_position + item.queries;
    const Rows q{item.q + head * D, arguments.heads * D, item.queries};
    const Rows k{item.k + kv_head * D, arguments.kv_heads * D, keys};
    const Rows v{item.v + kv_head * D, arguments.kv_heads * D, keys};
    const float factor = score_factor(D);
    const int thread = thread_index();
    const int own_row = thread / k_attention_side * k_attention_own;
    const int own_column = thread % k_attention_side * k_attention_own;
    // The keys that the block's last query sees.
    const int64_t last =
        first_query + k_attention_tile < item.queries ? first_query + k_attention_tile : item.queries;
    const int64_t seen = item.first_position + last;
    // Whether the thread's r-th row sees the c-th of its columns in the tile of keys from first_key on.
    const auto sees = [&](int64_t first_key, int r, int c) {
        const int64_t ahead = first_key - item.first_position - first_query;
        const int keys_ahead = static_cast<int>(ahead < -k_attention_tile ? -k_attention_tile : ahead);
        return keys_ahead + own_column + c <= own_row + r;
    };

    float scores[k_attention_own][k_attention_own];
    float max[k_attention_own];
    DURE_UNROLL for (int r = 0; r < k_attention_own; ++r) max[r] = -coefficients::k_infinity;
    for (int64_t first_key = 0; first_key < seen; first_key += k_attention_tile) {
        multiply_rows(scores, slabs, q, first_query, k, first_key, D);
        DURE_UNROLL for (int r = 0; r < k_attention_own; ++r) {
            DURE_UNROLL for (int c = 0; c < k_attention_own; ++c) {
                const float score = scores[r][c] * factor;
                if (sees(first_key, r, c)) max[r] = score > max[r] ? score : max[r];
            }
        }
    }
    // The 16 threads of a row are one half of a warp.
    DURE_UNROLL for (int r = 0; r < k_attention_own; ++r) {
        DURE_UNROLL for (int half = k_attention_side / 2; half > 0; half /= 2) {
            const float other = shuffle_xor(max[r], half);
            max[r] = other > max[r] ? other : max[r];
        }
    }

    const int warp = thread / k_warp;
    const int lane = thread % k_warp;
    float partials[k_rows_of_warp];  // of the denominators of the warp's rows; and of their chunks' results
    float chunks[k_rows_of_warp];
    DURE_UNROLL for (int i = 0; i < k_rows_of_warp; ++i) {
        partials[i] = 0.0f;
        chunks[i] = 0.0f;
    }
    float sums[k_attention_own][k_columns];
    DURE_UNROLL for (int r = 0; r < k_attention_own; ++r) {
        DURE_UNROLL for (int c = 0; c < k_columns; ++c) sums[r][c] = 0.0f;
    }
    for (int64_t first_key = 0; first_key < seen; first_key += k_attention_tile) {
        multiply_rows(scores, slabs, q, first_query, k, first_key, D);
        DURE_UNROLL for (int r = 0; r < k_attention_own; ++r) {
            DURE_UNROLL for (int c = 0; c < k_attention_own; ++c) {
                scores[r][c] = sees(first_key, r, c) ? exp_of(scores[r][c] * factor - max[r]) : 0.0f;
            }
        }
        put_weights(tile, scores);
        barrier();
        // Above 8192 keys the chunks' results are reduced again.
        const bool chunk_ends = first_key > 0 && first_key % k_reduce_chunk == 0;
        DURE_UNROLL for (int i = 0; i < k_rows_of_warp; ++i) {
            if (chunk_ends) {
                const float result = finish_reduction(partials[i]);
                if (lane == (first_key / k_reduce_chunk - 1) % k_warp) chunks[i] = chunks[i] + result;
                partials[i] = 0.0f;
            }
            const int row = warp * k_rows_of_warp + i;
            partials[i] = partials[i] + tile[lane][row];
            partials[i] = partials[i] + tile[lane + k_warp][row];
        }
        multiply_values<width>(sums, tile, slab, v, first_key, D);
    }
    const int64_t last_chunk = (seen - 1) / k_reduce_chunk;
    DURE_UNROLL for (int i = 0; i < k_rows_of_warp; ++i) {
        const float result = finish_reduction(partials[i]);
        if (lane == last_chunk % k_warp) chunks[i] = chunks[i] + result;
        const float denominator = last_chunk == 0 ? result : finish_reduction(chunks[i]);
        if (lane == 0) row_numbers[warp * k_rows_of_warp + i] = div_rn(1.0f, denominator);
    }
    barrier();
    DURE_UNROLL for (int r = 0; r < k_attention_own; ++r) {
        const int64_t query = first_query + own_row + r;
        if (query >= item.queries) continue;
        const float inverse = row_numbers[own_row + r];
        const int64_t row = query * arguments.heads + head;
        float* const out = item.out + row * D + thread % k_attention_side;
        const int dims_left = static_cast<int>(D) - thread % k_attention_side;
        DURE_UNROLL for (int c = 0; c < k_columns; ++c) {
            if (k_attention_side * c < dims_left) out[k_attention_side * c] = (sums[r][c] + 0.0f) * inverse;
        }
        if (arguments.row_max != nullptr && thread % k_attention_side == 0) {
            const int64_t stat = block.z * item.queries * arguments.heads + row;
            arguments.row_max[stat] = max[r];
            arguments.row_scale[stat] = inverse;
        }
    }
}

void launch_attention(const Stream& stream, const ForwardArguments& arguments, int64_t count,
                      int64_t queries) {
    const Index grid{static_cast<unsigned>(ceil_divide(queries, k_attention_tile)),
                     static_cast<unsigned>(arguments.heads), static_cast<unsigned>(count)};
    const int64_t D = arguments.head_dim;
    const auto kernel = D <= 32    ? attention_kernel<32>
                        : D <= 64  ? attention_kernel<64>
                        : D <= 128 ? attention_kernel<128>
                                   : attention_kernel<256>;
    DURE_LAUNCH(kernel, grid, k_attention_threads, stream, arguments);
}

constexpr int k_decode_threads = 128;
constexpr int64_t k_most_head_dim = 256;

// scores [items, heads, queries, keys]
DURE_KERNEL(k_decode_threads, 1)
decode_kernel(ForwardArguments arguments, float* scores, int64_t scores_row) {
    constexpr int k_warps = k_decode_threads / k_warp;
    DURE_SHARED float query_row[k_most_head_dim];
    DURE_SHARED float maxima[k_warps];
    DURE_SHARED float scale[1];
    const Index block = block_index();
    const CachedQueries item = arguments.items[block.z];
    const int64_t query = block.x;
    const int64_t head = block.y;
    if (item.queries > k_most_decoded || query >= item.queries) return;
    const int64_t D = arguments.head_dim;
    const int64_t stride = arguments.kv_heads * D;
    const int64_t kv_first = head / (arguments.heads / arguments.kv_heads) * D;
    const int64_t keys = item.first_position + query + 1;
    const int64_t row = (query * arguments.heads + head) * D;
    float* const weights =
        scores + ((int64_t{block.z} * arguments.heads + head) * grid_size().x + query) * scores_row;
    const float factor = score_factor(D);
    const int thread = thread_index();
    for (int64_t d = thread; d < D; d += k_decode_threads)
        query_row[d] = item.q[row + d];
    barrier();
    float max = -coefficients::k_infinity;
    for (int64_t j = thread; j < keys; j += k_decode_threads) {
        const float* const key = item.k + kv_first + j * stride;
        float sum = 0.0f;
        for (int64_t d = 0; d < D; ++d)
            sum = fma_rn(query_row[d], key[d], sum);
        const float score = (sum + 0.0f) * factor;
        weights[j] = score;
        max = score > max ? score : max;
    }
    max = warp_maximum(max);
    if (thread % k_warp == 0) maxima[thread / k_warp] = max;
    barrier();
    for (int i = 0; i < k_warps; ++i)
        max = maxima[i] > max ? maxima[i] : max;
    for (int64_t j = thread; j < keys; j += k_decode_threads)
        weights[j] = exp_of(weights[j] - max);
    barrier();
    if (thread < k_warp) {
        const float denominator =
            warp_reduce(keys, [=](float partial, int64_t j) { return partial + weights[j]; });
        if (thread == 0) scale[0] = div_rn(1.0f, denominator);
    }
    barrier();
    for (int64_t d = thread; d < D; d += k_decode_threads) {
        const float* const value = item.v + kv_first + d;
        float sum = 0.0f;
        DURE_UNROLL_BY(8) for (int64_t j = 0; j < keys; ++j) sum = fma_rn(weights[j], value[j * stride], sum);
        item.out[row + d] = (sum + 0.0f) * scale[0];
    }
}

int64_t decoded_rows(const CachedAttention& attention) {
    return attention.most_queries < k_most_decoded ? attention.most_queries : k_most_decoded;
}

}  // namespace

void attention(const Stream& stream, float* out, float* row_max, float* row_scale, const float* q,
               const float* k, const float* v, const AttentionShape& shape) {
    if (shape.sequences == 0 || shape.positions == 0) return;
    const ForwardArguments arguments{{out, q, k, v, 0, shape.positions},
                                     nullptr,
                                     row_max,
                                     row_scale,
                                     shape.heads,
                                     shape.kv_heads,
                                     shape.head_dim};
    launch_attention(stream, arguments, shape.sequences, shape.positions);
}

int64_t attention_scores_wanted(const CachedAttention& attention) {
    return attention.count * attention.heads * decoded_rows(attention) * attention.most_keys;
}

void attention_cached(const Stream& stream, const CachedAttention& attention, float* scores) {
    if (attention.count == 0 || attention.most_queries == 0) return;
    const ForwardArguments arguments{
        {}, attention.items, nullptr, nullptr, attention.heads, attention.kv_heads, attention.head_dim};
    // Each takes the items of its kind.
    if (attention.most_queries > k_most_decoded)
        launch_attention(stream, arguments, attention.count, attention.most_queries);
    const Index grid{static_cast<unsigned>(decoded_rows(attention)), static_cast<unsigned>(attention.heads),
                     static_cast<unsigned>(attention.count)};
    DURE_LAUNCH(decode_kernel, grid, k_decode_threads, stream, arguments, scores, attention.most_keys);
}

}  // namespace dure::trainer::DURE_GPU
