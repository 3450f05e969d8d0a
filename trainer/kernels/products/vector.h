// Matrix products by packed panels and the register tile. A task owns a block of the output and does all of
// it: packing, every block of k, every chunk of tokens; so threads never wait for one another inside a
// product. Included after lanes/avx2.h or lanes/avx512.h; everything has internal linkage.
#pragma once

#include "trainer/kernels/executor.h"
#include "trainer/kernels/products/tile.h"
#include "trainer/kernels/scratch.h"

namespace dure::trainer {
namespace {

constexpr int64_t k_block_k = 768;                 // packed panels of A and a strip of B stay in the L2 cache
constexpr int64_t k_block_rows = 6 * k_tile_rows;  // rows of A that are packed at once
constexpr int64_t k_block_columns = 2048;          // columns of B that are packed at once
constexpr int64_t k_task_rows = 6 * k_block_rows;  // upper bound of a task's rows
constexpr int64_t k_few_rows = k_tile_rows;        // up to here B is packed strip by strip, as it is used

// C [M, N] from A [M, K] and B [K, N]. a_k_adjacent: A(m, k) = a[m * a_stride + k], else a[k * a_stride + m].
// b_k_adjacent: B(k, n) = b[n * b_stride + k], else b[k * b_stride + n]. With `chunked`, k runs in chunks of
// k_token_chunk, each a finished chain that is added to C.
struct Product {
    const float* a;
    int64_t a_stride;
    bool a_k_adjacent;
    const float* b;
    int64_t b_stride;
    bool b_k_adjacent;
    float* c;
    int64_t M;
    int64_t N;
    int64_t K;
    bool add;
    bool chunked;
};

// packed [K][width] from `lines` <= width lines of K adjacent floats each; columns from `lines` on become 0.
// Stores whole vectors, so up to k_width floats after the last row are touched.
inline void pack_transposed(float* packed, int64_t width, const float* source, int64_t stride, int64_t lines,
                            int64_t K) {
    for (int64_t line = 0; line < width; line += k_width) {
        const int64_t here = min_of(max_of(lines - line, 0), k_width);
        for (int64_t k = 0; k < K; k += k_width) {
            const int64_t count = min_of(K - k, k_width);
            Vec rows[k_width];
            for (int64_t i = 0; i < k_width; ++i) {
                rows[i] = i < here ? load_some(source + (line + i) * stride + k, count) : zero();
            }
            transpose(rows);
            for (int64_t i = 0; i < count; ++i)
                store(packed + (k + i) * width + line, rows[i]);
        }
    }
}

// packed [K][width] from K lines of `columns` <= width adjacent floats each; likewise.
inline void pack_copied(float* packed, int64_t width, const float* source, int64_t stride, int64_t columns,
                        int64_t K) {
    for (int64_t k = 0; k < K; ++k) {
        for (int64_t j = 0; j < width; j += k_width) {
            const int64_t count = min_of(max_of(columns - j, 0), k_width);
            store(packed + k * width + j, count > 0 ? load_some(source + k * stride + j, count) : zero());
        }
    }
}

inline void pack(float* packed, int64_t width, const float* source, int64_t stride, bool k_adjacent,
                 int64_t lines, int64_t K) {
    if (k_adjacent) {
        pack_transposed(packed, width, source, stride, lines, K);
    } else {
        pack_copied(packed, width, source, stride, lines, K);
    }
}

inline const float* a_at(const Product& p, int64_t m, int64_t k) {
    return p.a_k_adjacent ? p.a + m * p.a_stride + k : p.a + k * p.a_stride + m;
}

inline const float* b_at(const Product& p, int64_t k, int64_t n) {
    return p.b_k_adjacent ? p.b + n * p.b_stride + k : p.b + k * p.b_stride + n;
}

// What of a product one call works on: rows [m, m + rows), columns [n, n + columns), and one block of k.
struct Block {
    int64_t m;
    int64_t rows;
    int64_t n;
    int64_t columns;
    int64_t k;
    int64_t K;
    float* partial;  // where unfinished chains rest, at (m, n)
    int64_t partial_row;
    bool first;
    bool last;
};

// All rows of the block times one packed strip of B, at most k_tile_columns wide.
inline void multiply_strip(const Product& p, const Block& block, const float* packed_a, const float* strip,
                           int64_t m_begin, int64_t m_rows, int64_t j) {
    const int64_t panels = ceil_div(m_rows, k_tile_rows);
    for (int64_t panel = 0; panel < panels; ++panel) {
        const int64_t begin = m_rows * panel / panels;
        const int64_t end = m_rows * (panel + 1) / panels;
        Tile tile;
        tile.a = packed_a + begin * block.K;
        tile.a_row = 1;
        tile.a_k = end - begin;
        tile.b = strip;
        tile.b_k = k_tile_columns;
        tile.K = block.K;
        tile.partial = block.partial + (m_begin + begin) * block.partial_row + j;
        tile.partial_row = block.partial_row;
        tile.c = p.c + (block.m + m_begin + begin) * p.N + block.n + j;
        tile.c_row = p.N;
        tile.first = block.first;
        tile.last = block.last;
        tile.add = p.add;
        dispatch_tile<true>(tile, end - begin, min_of(block.columns - j, k_tile_columns));
    }
}

inline void pack_rows(float* packed, const Product& p, const Block& block, int64_t m_begin, int64_t m_rows) {
    const int64_t panels = ceil_div(m_rows, k_tile_rows);
    for (int64_t panel = 0; panel < panels; ++panel) {
        const int64_t begin = m_rows * panel / panels;
        const int64_t end = m_rows * (panel + 1) / panels;
        pack(packed + begin * block.K, end - begin, a_at(p, block.m + m_begin + begin, block.k), p.a_stride,
             p.a_k_adjacent, end - begin, block.K);
    }
}

inline void multiply_block(const Product& p, const Block& block) {
    float* const packed_a = scratch(Scratch::packed_a, k_block_rows * block.K + k_width);
    const int64_t strips = ceil_div(block.columns, k_tile_columns);
    const bool few_rows = block.rows <= k_few_rows;
    float* const packed_b =
        scratch(Scratch::packed_b, (few_rows ? 1 : strips) * k_tile_columns * block.K + k_width);
    const auto pack_strip = [&](float* to, int64_t j) {
        pack(to, k_tile_columns, b_at(p, block.k, block.n + j), p.b_stride, p.b_k_adjacent,
             min_of(block.columns - j, k_tile_columns), block.K);
    };
    if (few_rows) {
        pack_rows(packed_a, p, block, 0, block.rows);
        for (int64_t s = 0; s < strips; ++s) {
            pack_strip(packed_b, s * k_tile_columns);
            multiply_strip(p, block, packed_a, packed_b, 0, block.rows, s * k_tile_columns);
        }
        return;
    }
    for (int64_t s = 0; s < strips; ++s)
        pack_strip(packed_b + s * k_tile_columns * block.K, s * k_tile_columns);
    for (int64_t m = 0; m < block.rows; m += k_block_rows) {
        const int64_t m_rows = min_of(block.rows - m, k_block_rows);
        pack_rows(packed_a, p, block, m, m_rows);
        for (int64_t s = 0; s < strips; ++s) {
            multiply_strip(p, block, packed_a, packed_b + s * k_tile_columns * block.K, m, m_rows,
                           s * k_tile_columns);
        }
    }
}

// One finished chain for every element of the block: over k in [k_begin, k_end).
inline void multiply_chain(const Product& p, Block block, int64_t k_begin, int64_t k_end) {
    const int64_t length = k_end - k_begin;
    const int64_t parts = max_of(ceil_div(length, k_block_k), 1);
    block.partial = p.c + block.m * p.N + block.n;
    block.partial_row = p.N;
    if (p.add && parts > 1) {
        block.partial = scratch(Scratch::partial, block.rows * block.columns);
        block.partial_row = block.columns;
    }
    for (int64_t part = 0; part < parts; ++part) {
        block.k = k_begin + length * part / parts;
        block.K = k_begin + length * (part + 1) / parts - block.k;
        block.first = part == 0;
        block.last = part == parts - 1;
        multiply_block(p, block);
    }
}

inline void multiply_task(const Product& p, const Block& block) {
    if (!p.chunked) {
        multiply_chain(p, block, 0, p.K);
        return;
    }
    for (int64_t k = 0; k < p.K; k += k_token_chunk)
        multiply_chain(p, block, k, min_of(k + k_token_chunk, p.K));
}

// Cuts the output into tasks: as few as keep all threads busy, since each packs its own operands.
inline void run_product(Executor& executor, int threads, const Product& p) {
    if (p.M == 0 || p.N == 0) return;
    const int64_t wanted = threads > 1 ? 4 * int64_t{threads} : 1;
    const int64_t columns_most = k_block_columns;
    int64_t row_parts = ceil_div(p.M, k_task_rows);
    int64_t column_parts = ceil_div(p.N, columns_most);
    while (row_parts * column_parts < wanted) {
        const bool rows_can = p.M / (row_parts + 1) >= k_block_rows;
        const bool columns_can = p.N / (column_parts + 1) >= k_tile_columns;
        if (rows_can && (!columns_can || p.M / row_parts >= p.N / column_parts)) {
            ++row_parts;
        } else if (columns_can) {
            ++column_parts;
        } else {
            break;
        }
    }
    const auto cut = [](int64_t size, int64_t part, int64_t parts, int64_t unit) {
        return min_of(ceil_div(size, unit) * part / parts * unit, size);
    };
    const auto run = [&](int64_t begin, int64_t end) {
        for (int64_t task = begin; task < end; ++task) {
            const int64_t row = task / column_parts;
            const int64_t column = task % column_parts;
            Block block = {};
            block.m = cut(p.M, row, row_parts, k_tile_rows);
            block.rows = cut(p.M, row + 1, row_parts, k_tile_rows) - block.m;
            block.n = cut(p.N, column, column_parts, k_tile_columns);
            block.columns = cut(p.N, column + 1, column_parts, k_tile_columns) - block.n;
            if (block.rows > 0 && block.columns > 0) multiply_task(p, block);
        }
    };
    constexpr int64_t k_small = 1 << 16;  // multiply-adds below which waking a thread costs more
    if (p.M * p.N * p.K < k_small) {
        run(0, row_parts * column_parts);
    } else {
        executor.parallel_for(row_parts * column_parts, run);
    }
}

}  // namespace
}  // namespace dure::trainer
