// Matrix products by packed operands and the register tile. All threads pack the rows of A of a block; then each takes
// strips of B, packs them, and computes all tiles of the strip. Included after lanes/avx2.h or
// lanes/avx512.h; everything has internal linkage.
#pragma once

#include "trainer/kernels/executor.h"
#include "trainer/kernels/products/packing.h"
#include "trainer/kernels/products/tile.h"
#include "trainer/kernels/scratch.h"

namespace dure::trainer {
namespace {

// Steps of a chain between two visits of its sum: one strip of B is then read from a near cache for all panels of A.
constexpr int64_t k_block_k = 768;
constexpr int64_t k_packed_floats = 512 * 768;  // of A that are packed at once: they stay in the L2 cache
constexpr int64_t k_panels_at_once = 8;
constexpr int64_t k_near_stride =
    512;  // floats between neighbours up to which packing costs more than it saves
constexpr int64_t k_small_product = 1 << 16;  // multiply-adds below which waking a thread costs more

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

    // Whether the tile may read the operand where it is: what it needs at one k is adjacent, and few pages hold all k.
    bool a_is_near() const { return !a_k_adjacent && a_stride <= k_near_stride; }
    bool b_is_near() const { return !b_k_adjacent && b_stride <= k_near_stride; }
};

// What of a product is worked on at once: rows [m, m + rows), all columns, and steps [k, k + K) of a chain.
struct Block {
    int64_t m;
    int64_t rows;
    int64_t k;
    int64_t K;
    bool first;
    bool last;
    float* partial;   // where unfinished chains rest, at row m
    float* packed_a;  // panels of nearly equal height, k_width floats apart

    int64_t panels() const { return ceil_div(rows, k_tile_rows); }
    int64_t panel_begin(int64_t panel) const { return rows * panel / panels(); }
    float* panel_at(int64_t panel) const { return packed_a + panel_begin(panel) * K + panel * k_width; }
};

// Packs panels [begin, end) of A, at most k_panels_at_once.
inline void pack_panels(const Product& p, const Block& block, int64_t begin, int64_t end) {
    if (p.a_k_adjacent) {
        for (int64_t panel = begin; panel < end; ++panel) {
            const int64_t m = block.m + block.panel_begin(panel);
            const int64_t rows = block.panel_begin(panel + 1) - block.panel_begin(panel);
            pack_transposed(block.panel_at(panel), rows, p.a + m * p.a_stride + block.k, p.a_stride, rows,
                            p.M - m, block.K);
        }
        return;
    }
    // A line of A is walked through once for all of them: its neighbours lie in other pages.
    float* to[k_panels_at_once];
    const float* from[k_panels_at_once];
    int64_t rows[k_panels_at_once];
    const int64_t count = end - begin;
    for (int64_t i = 0; i < count; ++i) {
        const int64_t first = block.panel_begin(begin + i);
        to[i] = block.panel_at(begin + i);
        from[i] = p.a + block.k * p.a_stride + block.m + first;
        rows[i] = block.panel_begin(begin + i + 1) - first;
    }
    for (int64_t k = 0; k < block.K; ++k) {
        for (int64_t i = 0; i < count; ++i) {
            store(to[i], load_head(from[i], rows[i]));
            to[i] += rows[i];
            from[i] += p.a_stride;
        }
    }
}

// k_tile_columns columns of B, or what is left.
struct Strip {
    const float* from;
    int64_t n;
    int64_t columns;

    Strip(const Product& p, const Block& block, int64_t number)
        : n(number * k_tile_columns), columns(min_of(p.N - n, k_tile_columns)) {
        from = p.b_k_adjacent ? p.b + n * p.b_stride + block.k : p.b + block.k * p.b_stride + n;
    }
    void pack_to(float* packed, const Product& p, const Block& block) const {
        if (p.b_k_adjacent) {
            pack_transposed(packed, k_tile_columns, from, p.b_stride, columns, p.N - n, block.K);
        } else {
            pack_copied(packed, from, p.b_stride, columns, block.K);
        }
    }
};

inline void multiply_tile(const Product& p, const Block& block, int64_t panel, const Strip& strip,
                          const float* packed_b) {
    const int64_t begin = block.panel_begin(panel);
    const int64_t rows = block.panel_begin(panel + 1) - begin;
    Tile tile;
    tile.a = block.panel_at(panel);
    tile.a_row = 1;
    tile.a_k = rows;
    tile.b = packed_b;
    tile.b_k = k_tile_columns;
    tile.K = block.K;
    tile.partial = block.partial + begin * p.N + strip.n;
    tile.partial_row = p.N;
    tile.c = p.c + (block.m + begin) * p.N + strip.n;
    tile.c_row = p.N;
    tile.first = block.first;
    tile.last = block.last;
    tile.add = p.add;
    tile.next = tile.c + rows * p.N;
    if (p.a_is_near()) {
        tile.a = p.a + block.k * p.a_stride + block.m + begin;
        tile.a_k = p.a_stride;
    }
    if (p.b_is_near()) {
        tile.b = strip.from;
        tile.b_k = p.b_stride;
    }
    dispatch_tile<true>(tile, rows, strip.columns);
}

// Strips [begin, end): each is packed where it is used, into a near cache, and multiplied with the panels of A.
inline void multiply_strips(const Product& p, const Block& block, int64_t panel_begin, int64_t panel_end,
                            int64_t begin, int64_t end) {
    float* const packed_b = scratch(Scratch::packed_b, k_tile_columns * block.K + k_width);
    for (int64_t number = begin; number < end; ++number) {
        const Strip strip(p, block, number);
        if (!p.b_is_near()) strip.pack_to(packed_b, p, block);
        for (int64_t panel = panel_begin; panel < panel_end; ++panel)
            multiply_tile(p, block, panel, strip, packed_b);
    }
}

template <class Body>
inline void run_tasks(Executor& executor, bool small, int64_t tasks, const Body& body) {
    if (small || tasks <= 1) {
        body(0, tasks);
    } else {
        executor.parallel_for(tasks, body);
    }
}

inline void multiply_block(Executor& executor, bool small, const Product& p, const Block& block) {
    const int64_t packing_tasks = p.a_is_near() ? 0 : ceil_div(block.panels(), k_panels_at_once);
    run_tasks(executor, small, packing_tasks, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
            pack_panels(p, block, i * k_panels_at_once, min_of((i + 1) * k_panels_at_once, block.panels()));
    });
    const int64_t strips = ceil_div(p.N, k_tile_columns);
    // Where there are few strips, several threads pack the same one, each for a part of the panels.
    const int64_t threads = executor.threads();
    const int64_t wanted = threads > 1 ? ceil_div(4 * threads, strips) : 1;
    const int64_t groups = max_of(1, min_of(wanted, block.panels() / 3));
    run_tasks(executor, small, groups * strips, [&](int64_t begin, int64_t end) {
        while (begin < end) {
            const int64_t group = begin / strips;
            const int64_t first = begin - group * strips;
            const int64_t last = min_of(end - group * strips, strips);
            multiply_strips(p, block, block.panels() * group / groups, block.panels() * (group + 1) / groups,
                            first, last);
            begin = group * strips + last;
        }
    });
}

// One finished chain for every element of C: over k in [k_begin, k_end).
inline void multiply_chain(Executor& executor, bool small, const Product& p, int64_t k_begin, int64_t k_end) {
    const int64_t length = k_end - k_begin;
    const int64_t parts = max_of(ceil_div(length, k_block_k), 1);
    const int64_t k_most = ceil_div(length, parts);
    const int64_t row_blocks = max_of(ceil_div(p.M * k_most, k_packed_floats), 1);
    const int64_t rows_most = ceil_div(p.M, row_blocks);
    const bool resting = p.add && parts > 1;
    Block block = {};
    block.packed_a =
        scratch(Scratch::packed_a, rows_most * k_most + (ceil_div(rows_most, k_tile_rows) + 1) * k_width);
    float* const rest = resting ? scratch(Scratch::partial, rows_most * p.N) : nullptr;
    for (int64_t row = 0; row < row_blocks; ++row) {
        block.m = p.M * row / row_blocks;
        block.rows = p.M * (row + 1) / row_blocks - block.m;
        block.partial = resting ? rest : p.c + block.m * p.N;
        for (int64_t part = 0; part < parts; ++part) {
            block.k = k_begin + length * part / parts;
            block.K = k_begin + length * (part + 1) / parts - block.k;
            block.first = part == 0;
            block.last = part == parts - 1;
            multiply_block(executor, small, p, block);
        }
    }
}

inline void run_product(Executor& executor, const Product& p) {
    if (p.M == 0 || p.N == 0) return;
    const bool small = p.M * p.N * p.K < k_small_product;
    if (!p.chunked) {
        multiply_chain(executor, small, p, 0, p.K);
        return;
    }
    for (int64_t k = 0; k < p.K; k += k_token_chunk)
        multiply_chain(executor, small, p, k, min_of(k + k_token_chunk, p.K));
}

}  // namespace
}  // namespace dure::trainer
