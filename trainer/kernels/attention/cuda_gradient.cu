// Attention's gradient on a GPU: the scores are made again from the rows' maxima and scales, once with a block for 64
// queries (dq is a chain over keys), once with a block for 64 keys (dk and dv are chains over queries, chunk by chunk).
#include "trainer/kernels/attention/cuda_tile.h"
#include "trainer/kernels/cuda/launch.h"
#include "trainer/kernels/cuda/math.h"
#include "trainer/kernels/cuda/reduce.h"

namespace dure::trainer::DURE_GPU {
namespace {

struct GradientArguments {
    float* dq;
    float* dk;
    float* dv;
    const float* dout;
    const float* q;
    const float* k;
    const float* v;
    const float* row_max;
    const float* row_scale;
    const float* delta;
    AttentionShape shape;
};

constexpr int k_delta_warps = 8;
constexpr int k_delta_threads = k_delta_warps * k_warp;

// delta [rows] = reduce(d: dout * out)
DURE_KERNEL(k_delta_threads, 1)
delta_kernel(float* delta, const float* dout, const float* out, int64_t rows, int64_t D) {
    const int64_t row = int64_t{block_index().x} * k_delta_warps + thread_index() / k_warp;
    if (row >= rows) return;
    const float* const a = dout + row * D;
    const float* const b = out + row * D;
    const float sum = warp_reduce(D, [=](float partial, int64_t d) { return fma_rn(a[d], b[d], partial); });
    if (thread_index() % k_warp == 0) delta[row] = sum;
}

// One head's rows of a tensor [T, heads, head_dim] in sequence n.
DURE_DEVICE Rows head_rows(const float* tensor, int64_t n, int64_t head, int64_t heads,
                           const AttentionShape& shape) {
    return {tensor + (n * shape.positions * heads + head) * shape.head_dim, heads * shape.head_dim,
            shape.positions};
}

struct Slope {
    float p;   // the softmax
    float ds;  // the gradient of the product of query and key
};

DURE_DEVICE Slope slope_of(const GradientArguments& arguments, float product, float dp, int64_t stat,
                           float factor) {
    const float p = exp_of(product * factor - arguments.row_max[stat]) * arguments.row_scale[stat];
    return {p, (p * (dp - arguments.delta[stat])) * factor};
}

template <int width>
DURE_KERNEL(k_attention_threads, 1)
query_gradient(GradientArguments arguments) {
    constexpr int k_columns = width / k_attention_side;
    DURE_SHARED AttentionSlabs slabs;
    DURE_SHARED WeightTile tile;
    DURE_SHARED ValueSlab<width> slab;
    const AttentionShape& shape = arguments.shape;
    const Index block = block_index();
    const int64_t n = block.z;
    const int64_t head = block.y;
    const int64_t kv_head = head / (shape.heads / shape.kv_heads);
    const int64_t first_query = int64_t{block.x} * k_attention_tile;
    const Rows q = head_rows(arguments.q, n, head, shape.heads, shape);
    const Rows dout = head_rows(arguments.dout, n, head, shape.heads, shape);
    const Rows k = head_rows(arguments.k, n, kv_head, shape.kv_heads, shape);
    const Rows v = head_rows(arguments.v, n, kv_head, shape.kv_heads, shape);
    const float factor = score_factor(shape.head_dim);
    const int thread = thread_index();
    const int own_row = thread / k_attention_side * k_attention_own;
    const int own_column = thread % k_attention_side * k_attention_own;
    const int first_dim = thread % k_attention_side;
    const int dims_left = static_cast<int>(shape.head_dim) - first_dim;
    float sums[k_attention_own][k_columns];
    DURE_UNROLL for (int r = 0; r < k_attention_own; ++r) {
        DURE_UNROLL for (int c = 0; c < k_columns; ++c) sums[r][c] = 0.0f;
    }
    for (int64_t first_key = 0; first_key <= first_query; first_key += k_attention_tile) {
        float products[k_attention_own][k_attention_own];
        float dp[k_attention_own][k_attention_own];
        multiply_rows(products, slabs, q, first_query, k, first_key, shape.head_dim);
        multiply_rows(dp, slabs, dout, first_query, v, first_key, shape.head_dim);
        DURE_UNROLL for (int r = 0; r < k_attention_own; ++r) {
            const int64_t query = first_query + own_row + r;
            const int64_t stat = (n * shape.positions + query) * shape.heads + head;
            DURE_UNROLL for (int c = 0; c < k_attention_own; ++c) {
                const bool visited = query < shape.positions && first_key + own_column + c <= query;
                products[r][c] =
                    visited ? slope_of(arguments, products[r][c], dp[r][c], stat, factor).ds : 0.0f;
            }
        }
        put_weights(tile, products);
        barrier();
        multiply_values<width>(sums, tile, slab, k, first_key, shape.head_dim);
    }
    DURE_UNROLL for (int r = 0; r < k_attention_own; ++r) {
        const int64_t query = first_query + own_row + r;
        if (query >= shape.positions) continue;
        float* const out =
            arguments.dq + ((n * shape.positions + query) * shape.heads + head) * shape.head_dim + first_dim;
        DURE_UNROLL for (int c = 0; c < k_columns; ++c) {
            if (k_attention_side * c < dims_left) out[k_attention_side * c] = sums[r][c] + 0.0f;
        }
    }
}

template <int width>
DURE_KERNEL(k_attention_threads, 1)
key_gradient(GradientArguments arguments) {
    constexpr int k_columns = width / k_attention_side;
    static_assert(k_token_chunk % k_attention_tile == 0);
    DURE_SHARED AttentionSlabs slabs;
    DURE_SHARED WeightTile tile;
    DURE_SHARED ValueSlab<width> slab;
    const AttentionShape& shape = arguments.shape;
    const Index block = block_index();
    const int64_t n = block.z;
    const int64_t kv_head = block.y;
    const int64_t group = shape.heads / shape.kv_heads;
    const int64_t first_key = int64_t{block.x} * k_attention_tile;
    const Rows k = head_rows(arguments.k, n, kv_head, shape.kv_heads, shape);
    const Rows v = head_rows(arguments.v, n, kv_head, shape.kv_heads, shape);
    const float factor = score_factor(shape.head_dim);
    const int thread = thread_index();
    const int own_row = thread / k_attention_side * k_attention_own;
    const int own_column = thread % k_attention_side * k_attention_own;
    const int first_dim = thread % k_attention_side;
    const int dims_left = static_cast<int>(shape.head_dim) - first_dim;
    bool first_chunk = true;
    for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
        const Rows q = head_rows(arguments.q, n, head, shape.heads, shape);
        const Rows dout = head_rows(arguments.dout, n, head, shape.heads, shape);
        for (int64_t begin = first_key / k_token_chunk * k_token_chunk; begin < shape.positions;
             begin += k_token_chunk) {
            const int64_t end =
                begin + k_token_chunk < shape.positions ? begin + k_token_chunk : shape.positions;
            float dk[k_attention_own][k_columns];
            float dv[k_attention_own][k_columns];
            DURE_UNROLL for (int r = 0; r < k_attention_own; ++r) {
                DURE_UNROLL for (int c = 0; c < k_columns; ++c) {
                    dk[r][c] = 0.0f;
                    dv[r][c] = 0.0f;
                }
            }
            for (int64_t first_query = first_key > begin ? first_key : begin; first_query < end;
                 first_query += k_attention_tile) {
                float products[k_attention_own][k_attention_own];
                float dp[k_attention_own][k_attention_own];
                multiply_rows(products, slabs, k, first_key, q, first_query, shape.head_dim);
                multiply_rows(dp, slabs, v, first_key, dout, first_query, shape.head_dim);
                DURE_UNROLL for (int c = 0; c < k_attention_own; ++c) {
                    const int64_t query = first_query + own_column + c;
                    const int64_t stat = (n * shape.positions + query) * shape.heads + head;
                    DURE_UNROLL for (int r = 0; r < k_attention_own; ++r) {
                        const bool visited = query < end && first_key + own_row + r <= query;
                        const Slope slope = visited
                                                ? slope_of(arguments, products[r][c], dp[r][c], stat, factor)
                                                : Slope{0.0f, 0.0f};
                        products[r][c] = slope.p;
                        dp[r][c] = slope.ds;
                    }
                }
                put_weights(tile, products);
                barrier();
                multiply_values<width>(dv, tile, slab, dout, first_query, shape.head_dim);
                put_weights(tile, dp);
                barrier();
                multiply_values<width>(dk, tile, slab, q, first_query, shape.head_dim);
            }
            DURE_UNROLL for (int r = 0; r < k_attention_own; ++r) {
                const int64_t key = first_key + own_row + r;
                if (key >= shape.positions) continue;
                const int64_t row = (n * shape.positions + key) * shape.kv_heads + kv_head;
                float* const dk_row = arguments.dk + row * shape.head_dim + first_dim;
                float* const dv_row = arguments.dv + row * shape.head_dim + first_dim;
                DURE_UNROLL for (int c = 0; c < k_columns; ++c) {
                    if (k_attention_side * c >= dims_left) continue;
                    float& dk_sum = dk_row[k_attention_side * c];
                    float& dv_sum = dv_row[k_attention_side * c];
                    dk_sum = (first_chunk ? 0.0f : dk_sum) + (dk[r][c] + 0.0f);
                    dv_sum = (first_chunk ? 0.0f : dv_sum) + (dv[r][c] + 0.0f);
                }
            }
            first_chunk = false;
        }
    }
}

template <int width>
void launch(const Stream& stream, const GradientArguments& arguments) {
    const AttentionShape& shape = arguments.shape;
    const auto tiles = static_cast<unsigned>(ceil_divide(shape.positions, k_attention_tile));
    const Index queries{tiles, static_cast<unsigned>(shape.heads), static_cast<unsigned>(shape.sequences)};
    const auto for_queries = query_gradient<width>;
    DURE_LAUNCH(for_queries, queries, k_attention_threads, stream, arguments);
    const Index keys{tiles, static_cast<unsigned>(shape.kv_heads), static_cast<unsigned>(shape.sequences)};
    const auto for_keys = key_gradient<width>;
    DURE_LAUNCH(for_keys, keys, k_attention_threads, stream, arguments);
}

}  // namespace

void attention_gradient(const Stream& stream, float* dq, float* dk, float* dv, const float* dout,
                        const float* out, const float* q, const float* k, const float* v,
                        const float* row_max, const float* row_scale, const AttentionShape& shape,
                        float* delta) {
    const int64_t rows = shape.sequences * shape.positions * shape.heads;
    if (rows == 0) return;
    const Index grid{static_cast<unsigned>(ceil_divide(rows, k_delta_warps)), 1, 1};
    DURE_LAUNCH(delta_kernel, grid, k_delta_threads, stream, delta, dout, out, rows, shape.head_dim);
    const GradientArguments arguments{dq, dk, dv, dout, q, k, v, row_max, row_scale, delta, shape};
    if (shape.head_dim <= 32) return launch<32>(stream, arguments);
    if (shape.head_dim <= 64) return launch<64>(stream, arguments);
    if (shape.head_dim <= 128) return launch<128>(stream, arguments);
    launch<256>(stream, arguments);
}

}  // namespace dure::trainer::DURE_GPU
