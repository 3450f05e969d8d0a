// What forward and backward attention share on a GPU: a block of 256 threads makes a tile of 64 x 64 scores, each thread
// 4 x 4 of them, and multiplies such a tile with rows of values. Each element is one chain in one register.
#pragma once

#include "trainer/kernels/cuda/platform.h"

namespace dure::trainer::DURE_GPU {

constexpr int k_attention_tile = 64;
constexpr int k_attention_threads = 256;
constexpr int k_attention_side = 16;  // threads along either side of a tile
constexpr int k_attention_own = 4;    // rows and columns of a thread, adjacent ones
constexpr int k_attention_pitch = k_attention_tile + 4;

// Rows of one head: row i starts at data + i * stride and holds head_dim floats; there are `count`.
struct Rows {
    const float* data = nullptr;
    int64_t stride = 0;
    int64_t count = 0;
};

// The block's shared memory.
struct AttentionSlabs {
    static constexpr int k_dims = 16;  // of the head, at once
    float left[k_dims][k_attention_pitch];
    float right[k_dims][k_attention_pitch];
};

// products[r][c] = chain(d: left[left_first + row][d] * right[right_first + column][d]), finished, where row and column are
// the thread's r-th and c-th; 0 for rows that do not exist. Called by the whole block, which `slabs` is free for.
DURE_DEVICE void multiply_rows(float (&products)[k_attention_own][k_attention_own], AttentionSlabs& slabs,
                               const Rows& left, int64_t left_first, const Rows& right, int64_t right_first,
                               int64_t head_dim) {
    constexpr int k_dims = AttentionSlabs::k_dims;
    constexpr int k_loads = k_attention_tile * k_dims / k_attention_threads;
    const int thread = thread_index();
    const int own_row = thread / k_attention_side * k_attention_own;
    const int own_column = thread % k_attention_side * k_attention_own;
    const int load_dim = thread % k_dims;
    const int load_row = thread / k_dims;
    constexpr int k_load_step = k_attention_threads / k_dims;
    float next_left[k_loads];
    float next_right[k_loads];
    const auto load = [&](int64_t first_dim) {
        const int64_t d = first_dim + load_dim;
        DURE_UNROLL for (int i = 0; i < k_loads; ++i) {
            const int64_t l = left_first + load_row + i * k_load_step;
            const int64_t r = right_first + load_row + i * k_load_step;
            next_left[i] = d < head_dim && l < left.count ? left.data[l * left.stride + d] : 0.0f;
            next_right[i] = d < head_dim && r < right.count ? right.data[r * right.stride + d] : 0.0f;
        }
    };
    DURE_UNROLL for (int r = 0; r < k_attention_own; ++r) {
        DURE_UNROLL for (int c = 0; c < k_attention_own; ++c) products[r][c] = 0.0f;
    }
    load(0);
    for (int64_t first_dim = 0; first_dim < head_dim; first_dim += k_dims) {
        DURE_UNROLL for (int i = 0; i < k_loads; ++i) {
            slabs.left[load_dim][load_row + i * k_load_step] = next_left[i];
            slabs.right[load_dim][load_row + i * k_load_step] = next_right[i];
        }
        barrier();
        load(first_dim + k_dims);
        DURE_UNROLL for (int d = 0; d < k_dims; ++d) {
            const Float4 rows = four_at(slabs.left[d] + own_row);
            const Float4 columns = four_at(slabs.right[d] + own_column);
            const float row[4] = {rows.x, rows.y, rows.z, rows.w};
            const float column[4] = {columns.x, columns.y, columns.z, columns.w};
            DURE_UNROLL for (int r = 0; r < k_attention_own; ++r) {
                DURE_UNROLL for (int c = 0; c < k_attention_own; ++c) products[r][c] =
                    fma_rn(row[r], column[c], products[r][c]);
            }
        }
        barrier();
    }
    DURE_UNROLL for (int r = 0; r < k_attention_own; ++r) {
        DURE_UNROLL for (int c = 0; c < k_attention_own; ++c) products[r][c] = products[r][c] + 0.0f;
    }
}

// A tile of weights: column j of the tile, then its rows.
using WeightTile = float[k_attention_tile][k_attention_pitch];

DURE_DEVICE void put_weights(WeightTile& tile, const float (&weights)[k_attention_own][k_attention_own]) {
    const int own_row = thread_index() / k_attention_side * k_attention_own;
    const int own_column = thread_index() % k_attention_side * k_attention_own;
    DURE_UNROLL for (int c = 0; c < k_attention_own; ++c) four_at(tile[own_column + c] + own_row) =
        Float4{weights[0][c], weights[1][c], weights[2][c], weights[3][c]};
}

// Rows of values that a block multiplies at once.
constexpr int k_value_rows = 16;
template <int width>
using ValueSlab = float[k_value_rows][width];

// sums[r][c] goes on as a chain over the tile's columns j in increasing order: fma(weight[row][j], values[first + j][d], .)
// for the thread's r-th row and d = its column + 16 c; values that do not exist count as 0. Called by the whole block,
// after put_weights; ends with a barrier.
template <int width>
DURE_DEVICE void multiply_values(float (&sums)[k_attention_own][width / k_attention_side],
                                 const WeightTile& tile, ValueSlab<width>& slab, const Rows& values,
                                 int64_t first, int64_t head_dim) {
    constexpr int k_columns = width / k_attention_side;
    constexpr int k_loads = k_value_rows * width / k_attention_threads;
    const int thread = thread_index();
    const int own_row = thread / k_attention_side * k_attention_own;
    const int own_column = thread % k_attention_side;
    for (int base = 0; base < k_attention_tile; base += k_value_rows) {
        DURE_UNROLL for (int i = 0; i < k_loads; ++i) {
            const int n = thread + i * k_attention_threads;
            const int64_t j = first + base + n / width;
            const int d = n % width;
            slab[n / width][d] = j < values.count && d < head_dim ? values.data[j * values.stride + d] : 0.0f;
        }
        barrier();
        DURE_UNROLL for (int j = 0; j < k_value_rows; ++j) {
            const Float4 weights = four_at(tile[base + j] + own_row);
            const float weight[4] = {weights.x, weights.y, weights.z, weights.w};
            DURE_UNROLL for (int c = 0; c < k_columns; ++c) {
                const float value = slab[j][own_column + k_attention_side * c];
                DURE_UNROLL for (int r = 0; r < k_attention_own; ++r) sums[r][c] =
                    fma_rn(weight[r], value, sums[r][c]);
            }
        }
        barrier();
    }
}

DURE_DEVICE float score_factor(int64_t head_dim) {
    return div_rn(1.0f, sqrt_rn(static_cast<float>(head_dim)));
}

}  // namespace dure::trainer::DURE_GPU
