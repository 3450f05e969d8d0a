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

// How many rows stand from row `first` on, as far as it matters to a tile.
DURE_DEVICE int rows_from(const Rows& rows, int64_t first) {
    const int64_t left = rows.count - first;
    return static_cast<int>(left < 0 ? 0 : left < k_attention_tile ? left : k_attention_tile);
}

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
    const int64_t left_row = left_first + load_row;
    const int64_t right_row = right_first + load_row;
    const float* left_at = left.data + left_row * left.stride + load_dim;
    const float* right_at = right.data + right_row * right.stride + load_dim;
    const int left_rows = rows_from(left, left_row);
    const int right_rows = rows_from(right, right_row);
    int dims_left = static_cast<int>(head_dim) - load_dim;
    float next_left[k_loads];
    float next_right[k_loads];
    const auto load = [&] {
        DURE_UNROLL for (int i = 0; i < k_loads; ++i) {
            const int row = i * k_load_step;
            next_left[i] = dims_left > 0 && row < left_rows ? left_at[row * left.stride] : 0.0f;
            next_right[i] = dims_left > 0 && row < right_rows ? right_at[row * right.stride] : 0.0f;
        }
        left_at += k_dims;
        right_at += k_dims;
        dims_left -= k_dims;
    };
    DURE_UNROLL for (int r = 0; r < k_attention_own; ++r) {
        DURE_UNROLL for (int c = 0; c < k_attention_own; ++c) products[r][c] = 0.0f;
    }
    load();
    for (int first_dim = 0; first_dim < head_dim; first_dim += k_dims) {
        DURE_UNROLL for (int i = 0; i < k_loads; ++i) {
            slabs.left[load_dim][load_row + i * k_load_step] = next_left[i];
            slabs.right[load_dim][load_row + i * k_load_step] = next_right[i];
        }
        barrier();
        load();
        DURE_UNROLL_BY(4) for (int d = 0; d < k_dims; ++d) {
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
    constexpr int k_load_step = k_attention_threads / width;  // rows that all threads load at once
    const int thread = thread_index();
    const int own_row = thread / k_attention_side * k_attention_own;
    const int own_column = thread % k_attention_side;
    const int load_row = thread / width;
    const int load_dim = thread % width;
    const float* at = values.data + (first + load_row) * values.stride + load_dim;
    const int64_t step = k_load_step * values.stride;
    int rows_left = load_dim < head_dim ? rows_from(values, first + load_row) : 0;
    for (int base = 0; base < k_attention_tile; base += k_value_rows) {
        DURE_UNROLL_BY(4) for (int row = load_row; row < k_value_rows; row += k_load_step) {
            slab[row][load_dim] = rows_left > 0 ? *at : 0.0f;
            at += step;
            rows_left -= k_load_step;
        }
        barrier();
        DURE_UNROLL_BY(2) for (int j = 0; j < k_value_rows; ++j) {
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
