// The register tile that all products are made of: k_tile_rows x (two vectors) independent chains of fma at
// once. Included after lanes/avx2.h or lanes/avx512.h; everything has internal linkage.
#pragma once

#include "trainer/kernels/lanes/vectors.h"

namespace dure::trainer {
namespace {

constexpr int64_t k_tile_columns = 2 * k_width;

constexpr int64_t k_line = 16;  // floats of a cache line

// Cache lines that will be packed soon, and are asked for meanwhile, one at each step of the chains: k_line of them, `step`
// floats apart; then as many more, `block` floats behind; and so on.
struct Ahead {
    const float* from = nullptr;  // nullptr: nothing
    int64_t step = 0;
    int64_t block = 0;
};

// C [rows, columns] from A [rows, K] and B [K, columns]: element (r, k) of A is a[r * a_row + k * a_k], row k
// of B is b + k * b_k. A chain may be split over several calls: it rests in `partial` meanwhile (which may be
// c).
struct Tile {
    const float* a;
    int64_t a_row;
    int64_t a_k;
    const float* b;
    int64_t b_k;
    int64_t K;
    float* partial;
    int64_t partial_row;
    float* c;
    int64_t c_row;
    bool first;         // the chains start at +0, else at `partial`
    bool last;          // the chains are finished (+ 0.0f) and go to c, else to `partial`
    bool add;           // c = c + chain, else c = chain
    const float* next;  // where in c the next tile will begin, or nullptr: its lines are asked for
    Ahead ahead;
};

template <bool masked>
inline Vec tile_load(const float* p, int64_t count) {
    if constexpr (masked) return load_head(p, count);
    return load(p);
}

template <bool masked>
inline void tile_store(float* p, Vec v, int64_t count) {
    if constexpr (masked) {
        store_head(p, v, count);
    } else {
        store(p, v);
    }
}

// rows x vectors; the last vector holds `tail` columns where masked. rows_adjacent: a_row is 1.
template <int64_t rows, int64_t vectors, bool masked, bool rows_adjacent>
void run_tile(const Tile& tile, int64_t tail) {
    constexpr int64_t last_vector = vectors - 1;
    Vec sums[static_cast<size_t>(rows)][static_cast<size_t>(vectors)];
    if (tile.first) {
        DURE_UNROLL for (int64_t r = 0; r < rows; ++r) {
            DURE_UNROLL for (int64_t i = 0; i < vectors; ++i) sums[r][i] = zero();
        }
    } else {
        DURE_UNROLL for (int64_t r = 0; r < rows; ++r) {
            const float* const from = tile.partial + r * tile.partial_row;
            DURE_UNROLL for (int64_t i = 0; i < last_vector; ++i) sums[r][i] = load(from + i * k_width);
            sums[r][last_vector] = tile_load<masked>(from + last_vector * k_width, tail);
        }
    }
    if (tile.next != nullptr) {
        DURE_UNROLL for (int64_t r = 0; r < rows; ++r) {
            DURE_UNROLL for (int64_t i = 0; i < vectors; ++i)
                prefetch_for_write(tile.next + r * tile.c_row + i * k_width);
        }
    }
    const float* a = tile.a;
    const float* b = tile.b;
    const int64_t a_row = rows_adjacent ? 1 : tile.a_row;
    const int64_t a_k = tile.a_k;
    const int64_t b_k = tile.b_k;
    const auto step = [&] {
        Vec columns[static_cast<size_t>(vectors)];
        DURE_UNROLL for (int64_t i = 0; i < last_vector; ++i) columns[i] = load(b + i * k_width);
        columns[last_vector] = tile_load<masked>(b + last_vector * k_width, tail);
        DURE_UNROLL for (int64_t r = 0; r < rows; ++r) {
            const Vec factor = broadcast(a[r * a_row]);
            DURE_UNROLL for (int64_t i = 0; i < vectors; ++i) sums[r][i] =
                fma(factor, columns[i], sums[r][i]);
        }
        a += a_k;
        b += b_k;
    };
    constexpr int64_t k_at_once = 4;                                            // steps
    const float* line = tile.ahead.from != nullptr ? tile.ahead.from : tile.a;  // the latter costs nothing
    const int64_t line_step = tile.ahead.step;
    const int64_t back = tile.ahead.block - k_line * line_step;
    int64_t k = 0;
    while (k + k_at_once <= tile.K) {
        DURE_UNROLL for (int64_t i = 0; i < k_at_once; ++i) {
            prefetch_far(line);
            line += line_step;
            step();
        }
        k += k_at_once;
        line += k % k_line == 0 ? back : 0;
    }
    for (; k < tile.K; ++k)
        step();
    if (!tile.last) {
        float* to = tile.partial;
        const int64_t partial_row = tile.partial_row;
        DURE_UNROLL for (int64_t r = 0; r < rows; ++r) {
            DURE_UNROLL for (int64_t i = 0; i < last_vector; ++i) store(to + i * k_width, sums[r][i]);
            tile_store<masked>(to + last_vector * k_width, sums[r][last_vector], tail);
            to += partial_row;
        }
        return;
    }
    float* to = tile.c;
    const int64_t c_row = tile.c_row;
    if (tile.add) {
        DURE_UNROLL for (int64_t r = 0; r < rows; ++r) {
            DURE_UNROLL for (int64_t i = 0; i < last_vector; ++i)
                store(to + i * k_width, add(load(to + i * k_width), add(sums[r][i], zero())));
            float* const last = to + last_vector * k_width;
            tile_store<masked>(last, add(tile_load<masked>(last, tail), add(sums[r][last_vector], zero())),
                               tail);
            to += c_row;
        }
        return;
    }
    DURE_UNROLL for (int64_t r = 0; r < rows; ++r) {
        DURE_UNROLL for (int64_t i = 0; i < last_vector; ++i)
            store(to + i * k_width, add(sums[r][i], zero()));
        tile_store<masked>(to + last_vector * k_width, add(sums[r][last_vector], zero()), tail);
        to += c_row;
    }
}

using TileFunction = void (*)(const Tile&, int64_t tail);

// One function for each number of rows, so that any height runs at full speed.
template <int64_t vectors, bool masked, bool rows_adjacent>
inline TileFunction tile_of_height(int64_t rows) {
    static_assert(k_tile_rows == 14 || k_tile_rows == 6);
    if constexpr (k_tile_rows == 14) {
        switch (rows) {
            case 14:
                return run_tile<14, vectors, masked, rows_adjacent>;
            case 13:
                return run_tile<13, vectors, masked, rows_adjacent>;
            case 12:
                return run_tile<12, vectors, masked, rows_adjacent>;
            case 11:
                return run_tile<11, vectors, masked, rows_adjacent>;
            case 10:
                return run_tile<10, vectors, masked, rows_adjacent>;
            case 9:
                return run_tile<9, vectors, masked, rows_adjacent>;
            case 8:
                return run_tile<8, vectors, masked, rows_adjacent>;
            case 7:
                return run_tile<7, vectors, masked, rows_adjacent>;
            default:
                break;
        }
    }
    switch (rows) {
        case 6:
            return run_tile<6, vectors, masked, rows_adjacent>;
        case 5:
            return run_tile<5, vectors, masked, rows_adjacent>;
        case 4:
            return run_tile<4, vectors, masked, rows_adjacent>;
        case 3:
            return run_tile<3, vectors, masked, rows_adjacent>;
        case 2:
            return run_tile<2, vectors, masked, rows_adjacent>;
        default:
            return run_tile<1, vectors, masked, rows_adjacent>;
    }
}

template <bool rows_adjacent>
inline void dispatch_tile(const Tile& tile, int64_t rows, int64_t columns) {
    const bool two = columns > k_width;
    const int64_t tail = two ? columns - k_width : columns;
    TileFunction run = nullptr;
    if (tail == k_width) {
        run = two ? tile_of_height<2, false, rows_adjacent>(rows)
                  : tile_of_height<1, false, rows_adjacent>(rows);
    } else {
        run =
            two ? tile_of_height<2, true, rows_adjacent>(rows) : tile_of_height<1, true, rows_adjacent>(rows);
    }
    run(tile, tail);
}

// rows <= k_tile_rows, columns <= k_tile_columns
inline void compute_tile(const Tile& tile, int64_t rows, int64_t columns) {
    if (tile.a_row == 1) {
        dispatch_tile<true>(tile, rows, columns);
    } else {
        dispatch_tile<false>(tile, rows, columns);
    }
}

// A product of any size straight from memory, without packing: for operands that lie in the cache.
inline void direct_product(const Tile& whole, int64_t rows, int64_t columns) {
    const int64_t panels = ceil_div(rows, k_tile_rows);
    for (int64_t j = 0; j < columns; j += k_tile_columns) {
        for (int64_t panel = 0; panel < panels; ++panel) {
            const int64_t begin = rows * panel / panels;  // panels of nearly equal height
            const int64_t end = rows * (panel + 1) / panels;
            Tile tile = whole;
            tile.a += begin * whole.a_row;
            tile.b += j;
            tile.c += begin * whole.c_row + j;
            if (tile.partial != nullptr) tile.partial += begin * whole.partial_row + j;
            compute_tile(tile, end - begin, min_of(columns - j, k_tile_columns));
        }
    }
}

}  // namespace
}  // namespace dure::trainer
