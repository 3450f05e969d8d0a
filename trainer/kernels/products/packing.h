// Copies of operands in the order in which the register tile reads them. Included after lanes/avx2.h or lanes/avx512.h;
// everything has internal linkage.
#pragma once

#include "trainer/kernels/products/tile.h"

namespace dure::trainer {
namespace {

constexpr int64_t k_store_ahead = 8 * k_line;  // floats ahead of which a packed operand's lines are asked for

// packed [K][width] from `lines` <= width lines of K adjacent floats each, `stride` apart; of lines there are `all`, from
// the first on, that may be read. Columns from `lines` on hold anything. Whole vectors are stored, so up to k_width
// floats behind the last row are touched.
inline void pack_transposed(float* packed, int64_t width, const float* source, int64_t stride, int64_t lines,
                            int64_t all, int64_t K) {
    for (int64_t line = 0; line < lines; line += k_width) {
        const int64_t here = min_of(lines - line, k_width);
        const float* const first = source + line * stride;
        float* to = packed + line;
        int64_t k = 0;
        Vec block[k_width];
        if (all - line >= k_width) {
            for (; k + k_width <= K; k += k_width) {
                load_transposed(block, first + k, stride);
                DURE_UNROLL for (int64_t i = 0; i < k_width; ++i) {
                    prefetch_for_write(to + k_width * width);
                    store(to, block[i]);
                    to += width;
                }
            }
        }
        for (; k < K; k += k_width) {
            const int64_t count = min_of(K - k, k_width);
            for (int64_t i = 0; i < k_width; ++i)
                block[i] = i < here ? load_some(first + i * stride + k, count) : zero();
            transpose(block);
            for (int64_t i = 0; i < count; ++i) {
                store(to, block[i]);
                to += width;
            }
        }
    }
}

// packed [K][k_tile_columns] from K lines of `columns` adjacent floats each, `stride` apart; likewise.
inline void pack_copied(float* packed, const float* source, int64_t stride, int64_t columns, int64_t K) {
    const int64_t second = columns - k_width;
    for (int64_t k = 0; k < K; ++k) {
        for (int64_t i = 0; i < k_tile_columns; i += k_line)
            prefetch_for_write(packed + k_store_ahead + i);
        store(packed, load_some(source, min_of(columns, k_width)));
        if (second > 0) store(packed + k_width, load_some(source + k_width, second));
        packed += k_tile_columns;
        source += stride;
    }
}

}  // namespace
}  // namespace dure::trainer
