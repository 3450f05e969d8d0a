// Matrix products by packed operands and the register tile. A product is cut into as many parts as there are threads, each
// with operands packed by its own thread: threads meet only at the end. Within a part, the rows of A that stay in the L2
// cache are a block; strips of B are packed one after the other and multiplied with all panels of the block, and what
// will be packed next is asked for meanwhile. Included after lanes/avx2.h or lanes/avx512.h; everything has internal
// linkage.
#pragma once

#include "trainer/kernels/executor.h"
#include "trainer/kernels/products/packing.h"
#include "trainer/kernels/products/tile.h"
#include "trainer/kernels/scratch.h"

namespace dure::trainer {
namespace {

// Steps of a chain between two visits of its sum: one strip of B is then read from a near cache for all panels of A.
constexpr int64_t k_block_k = 768;
constexpr int64_t k_packed_floats = 512 * 512;  // of A that are packed at once: they stay in the L2 cache
constexpr int64_t k_panels_at_once = 8;         // are packed at once of an A with adjacent rows,
constexpr int64_t k_lines_at_once = 16;         // and as many of its lines
// Floats between the lines of an operand up to which packing costs more than it saves. A low tile uses little of each
// line of A, and is slow where these lines do not fit the L1 cache.
constexpr int64_t k_near_stride_of_a = k_tile_rows < 8 ? 128 : 512;
constexpr int64_t k_near_stride_of_b = 512;
constexpr int64_t k_near_floats = 1 << 21;  // of C, up to which its lines are near
// A thread computes several parts of a product where each is so long that packing the shorter side costs nothing.
constexpr int64_t k_part_length = 1024;
constexpr int64_t k_most_parts = 8;
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
    int64_t c_stride;
    int64_t M;
    int64_t N;
    int64_t K;
    bool add;
    bool chunked;

    // Whether the tile may read the operand where it is: what it needs at one k is adjacent, and few pages hold all k.
    bool a_is_near() const { return !a_k_adjacent && a_stride <= k_near_stride_of_a; }
    bool b_is_near() const { return !b_k_adjacent && b_stride <= k_near_stride_of_b; }
};

// What of a product is worked on at once: rows [m, m + rows), all columns, and steps [k, k + K) of a chain.
struct Block {
    int64_t m;
    int64_t rows;
    int64_t k;
    int64_t K;
    bool first;
    bool last;
    float* partial;  // where unfinished chains rest, at row m
    int64_t partial_row;
    float* packed_a;  // panels of nearly equal height, k_width floats apart

    int64_t panels() const { return ceil_div(rows, k_tile_rows); }
    int64_t panel_begin(int64_t panel) const { return rows * panel / panels(); }
    int64_t panel_rows(int64_t panel) const { return panel_begin(panel + 1) - panel_begin(panel); }
    float* panel_at(int64_t panel) const { return packed_a + panel_begin(panel) * K + panel * k_width; }
};

// packed [lines][rows]
inline void pack_lines(float* packed, int64_t rows, const float* from, int64_t stride, int64_t lines) {
    for (int64_t i = 0; i < lines; ++i) {
        prefetch_for_write(packed + k_store_ahead);
        store(packed, load_head(from, rows));
        packed += rows;
        from += stride;
    }
}

// Packs panels [begin, end) of A.
inline void pack_panels(const Product& p, const Block& block, int64_t begin, int64_t end) {
    if (p.a_k_adjacent) {
        for (int64_t panel = begin; panel < end; ++panel) {
            const int64_t m = block.m + block.panel_begin(panel);
            const int64_t rows = block.panel_rows(panel);
            pack_transposed(block.panel_at(panel), rows, p.a + m * p.a_stride + block.k, p.a_stride, rows,
                            p.M - m, block.K);
        }
        return;
    }
    // A few lines of A are walked through for all of them: the next lines lie in other pages.
    for (int64_t k = 0; k < block.K; k += k_lines_at_once) {
        const int64_t lines = min_of(k_lines_at_once, block.K - k);
        for (int64_t panel = begin; panel < end; ++panel) {
            const int64_t rows = block.panel_rows(panel);
            const float* const from = p.a + (block.k + k) * p.a_stride + block.m + block.panel_begin(panel);
            pack_lines(block.panel_at(panel) + k * rows, rows, from, p.a_stride, lines);
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

// What will be packed next, the panels from `panel` on or a strip, as it is asked for by tile number `turn` of those
// computed before.
inline Ahead ahead_of_panels(const Product& p, const Block& block, int64_t panel, int64_t turn) {
    const int64_t m = block.m + block.panel_begin(panel);
    if (p.a_k_adjacent) return {p.a + m * p.a_stride + block.k, p.a_stride, k_line};
    return {p.a + block.k * p.a_stride + m + turn * k_line, p.a_stride, k_line * p.a_stride};
}

inline Ahead ahead_of_strip(const Product& p, const Block& block, int64_t number, int64_t turn) {
    const Strip next(p, block, number);
    if (p.b_k_adjacent) return {next.from + turn * k_line * p.b_stride, p.b_stride, k_line};
    return {next.from + turn * k_line, p.b_stride, k_line * p.b_stride};
}

// The tile of a panel of A and a strip of B. Both hold what the tile reads.
inline Tile tile_at(const Product& p, const Block& block, int64_t panel, const Strip& strip,
                    const float* packed_b) {
    const int64_t begin = block.panel_begin(panel);
    const int64_t rows = block.panel_rows(panel);
    Tile tile;
    tile.a = p.a_is_near() ? p.a + block.k * p.a_stride + block.m + begin : block.panel_at(panel);
    tile.a_row = 1;
    tile.a_k = p.a_is_near() ? p.a_stride : rows;
    tile.b = p.b_is_near() ? strip.from : packed_b;
    tile.b_k = p.b_is_near() ? p.b_stride : k_tile_columns;
    tile.K = block.K;
    tile.partial = block.partial + begin * block.partial_row + strip.n;
    tile.partial_row = block.partial_row;
    tile.c = p.c + (block.m + begin) * p.c_stride + strip.n;
    tile.c_row = p.c_stride;
    tile.first = block.first;
    tile.last = block.last;
    tile.add = p.add;
    // Stores to a near cache wait for nothing; what is read, or lies far away, is asked for.
    const bool asked = p.add || !block.first || p.M * p.c_stride > k_near_floats;
    tile.next = asked ? tile.c + rows * p.c_stride : nullptr;
    return tile;
}

inline void multiply_block(const Product& p, const Block& block) {
    const int64_t strips = ceil_div(p.N, k_tile_columns);
    const int64_t panels = block.panels();
    const int64_t at_once = p.a_k_adjacent ? 1 : k_panels_at_once;
    constexpr int64_t k_turns_of_strip = k_tile_columns / k_line;
    float* const packed_b = scratch(Scratch::packed_b, k_tile_columns * block.K + k_width);
    for (int64_t number = 0; number < strips; ++number) {
        const Strip strip(p, block, number);
        if (!p.b_is_near()) strip.pack_to(packed_b, p, block);
        for (int64_t panel = 0; panel < panels; ++panel) {
            Ahead ahead;
            if (number == 0 && !p.a_is_near()) {
                const int64_t turn = panel % at_once;
                const int64_t next = panel - turn + at_once;
                if (turn == 0) pack_panels(p, block, panel, min_of(next, panels));
                if (next < panels) ahead = ahead_of_panels(p, block, next, turn);
            } else if (panel < k_turns_of_strip && number + 1 < strips && !p.b_is_near()) {
                ahead = ahead_of_strip(p, block, number + 1, panel);
            }
            Tile tile = tile_at(p, block, panel, strip, packed_b);
            tile.ahead = ahead;
            dispatch_tile<true>(tile, block.panel_rows(panel), strip.columns);
        }
    }
}

// A whole product, or the part of one that a thread computes alone.
inline void multiply(const Product& p) {
    const int64_t chain = max_of(p.chunked ? min_of(p.K, k_token_chunk) : p.K, 1);
    const int64_t parts = max_of(ceil_div(chain, k_block_k), 1);
    const int64_t k_most = ceil_div(chain, parts);
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
        block.partial = resting ? rest : p.c + block.m * p.c_stride;
        block.partial_row = resting ? p.N : p.c_stride;
        for (int64_t k = 0; k == 0 || k < p.K; k += chain) {
            const int64_t length = min_of(chain, p.K - k);
            for (int64_t part = 0; part < parts; ++part) {
                block.k = k + length * part / parts;
                block.K = k + length * (part + 1) / parts - block.k;
                block.first = part == 0;
                block.last = part == parts - 1;
                multiply_block(p, block);
            }
        }
    }
}

inline Product rows_of(const Product& p, int64_t begin, int64_t end) {
    Product part = p;
    part.a += begin * (p.a_k_adjacent ? p.a_stride : 1);
    part.c += begin * p.c_stride;
    part.M = end - begin;
    return part;
}

inline Product columns_of(const Product& p, int64_t begin, int64_t end) {
    Product part = p;
    part.b += begin * (p.b_k_adjacent ? p.b_stride : 1);
    part.c += begin;
    part.N = end - begin;
    return part;
}

// What a part of a product costs for each step of its chains, in multiply-adds.
inline int64_t cost_of_part(int64_t rows, int64_t columns) {
    constexpr int64_t k_packing = 8;
    const int64_t whole = ceil_div(columns, k_width) * k_width;
    return rows * whole + k_packing * (rows + whole);
}

inline void run_product(Executor& executor, const Product& p) {
    if (p.M == 0 || p.N == 0 || (p.chunked && p.K == 0)) return;
    const int64_t threads = executor.threads();
    if (threads == 1 || p.M * p.N * p.K < k_small_product) {
        multiply(p);
        return;
    }
    // Threads share nothing: each packs what it needs. So the longer side is cut, where both parts come out as large.
    const int64_t strips = ceil_div(p.N, k_tile_columns);
    const bool by_rows = cost_of_part(ceil_div(p.M, threads), p.N) <
                         cost_of_part(p.M, ceil_div(strips, threads) * k_tile_columns);
    const int64_t items = by_rows ? p.M : strips;
    // More parts even out what else the threads' cores do.
    const int64_t longest = items * (by_rows ? 1 : k_tile_columns) / (threads * k_part_length);
    const int64_t parts = min_of(items, threads * max_of(1, min_of(longest, k_most_parts)));
    executor.parallel_for(parts, [&](int64_t part, int64_t parts_end) {
        for (; part < parts_end; ++part) {
            const int64_t begin = items * part / parts;
            const int64_t end = items * (part + 1) / parts;
            multiply(by_rows ? rows_of(p, begin, end)
                             : columns_of(p, begin * k_tile_columns, min_of(end * k_tile_columns, p.N)));
        }
    });
}

}  // namespace
}  // namespace dure::trainer
