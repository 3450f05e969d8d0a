// Matrix products on a GPU. A block makes a tile of C; each of its 256 threads makes 8x8 (or 4x4) elements, one chain in
// a register for each. Slabs of A and B go through shared memory in two buffers: while one is multiplied, the next is
// on its way from memory to registers.
#include "trainer/kernels/cuda/launch.h"

namespace dure::trainer::DURE_GPU {
namespace {

constexpr int k_threads = 256;
constexpr int k_side = 16;    // threads along either side of a tile
constexpr int k_padding = 4;  // floats between a slab's rows: keeps transposing stores off each other's banks

constexpr int k_large =
    128;  // sides of a tile; of the large ones a processor takes one block, whose threads need many registers
constexpr int k_small = 64;

struct TileArguments {
    Product p;
    int64_t chunk_terms;  // terms of one chain
    int64_t chunks;       // chains that a block makes one after the other for each element
    float* sums;          // if not nullptr: the finished chain of chunk blockIdx.z goes to sums [z, M, N]
};

// Four terms or four rows of an operand for the calling thread, zeros beyond its end. holds_rows: the operand is [rows,
// terms] and the four are consecutive terms of a row, else [terms, rows] and they are consecutive rows of a term.
template <bool holds_rows, bool aligned>
DURE_DEVICE Float4 load_four(const float* from, int rows_left, int terms_left) {
    const int left = holds_rows ? (rows_left > 0 ? terms_left : 0) : (terms_left > 0 ? rows_left : 0);
    if constexpr (aligned) {
        return left > 0 ? four_at(from) : Float4{0.0f, 0.0f, 0.0f, 0.0f};
    }
    return {left > 0 ? from[0] : 0.0f, left > 1 ? from[1] : 0.0f, left > 2 ? from[2] : 0.0f,
            left > 3 ? from[3] : 0.0f};
}

// How many of `count` rows stand from `first` on, as far as it matters to load_four.
DURE_DEVICE int rows_left(int64_t count, int64_t first) {
    const int64_t left = count - first;
    return static_cast<int>(left < 0 ? 0 : left < 4 ? left : 4);
}

template <int tile, bool a_holds_rows, bool b_holds_rows, bool aligned>
DURE_KERNEL(k_threads, tile == k_large ? 1 : 2)
product_tile(TileArguments arguments) {
    constexpr int k_slab =
        4 * k_threads / tile;             // terms at once: each thread loads four floats of either operand
    constexpr int k_own = tile / k_side;  // rows and columns of a thread
    constexpr int k_groups = k_own / 4;   // of four, tile / k_groups apart
    constexpr int k_pitch = tile + k_padding;
    DURE_SHARED float a_slab[2][k_slab][k_pitch];
    DURE_SHARED float b_slab[2][k_slab][k_pitch];

    const Product& p = arguments.p;
    const int thread = thread_index();
    const Index block = block_index();
    const int64_t tiles_across = ceil_divide(p.N, tile);
    const int64_t first_row = block.x / tiles_across * tile;
    const int64_t first_column = block.x % tiles_across * tile;
    const int thread_row = thread / k_side;
    const int thread_column = thread % k_side;
    // What this thread loads of a slab.
    const int a_row = a_holds_rows ? thread / (k_slab / 4) : thread % (tile / 4) * 4;
    const int a_term = a_holds_rows ? thread % (k_slab / 4) * 4 : thread / (tile / 4);
    const int b_row = b_holds_rows ? thread / (k_slab / 4) : thread % (tile / 4) * 4;
    const int b_term = b_holds_rows ? thread % (k_slab / 4) * 4 : thread / (tile / 4);

    const int a_rows_left = rows_left(p.M, first_row + a_row);
    const int b_rows_left = rows_left(p.N, first_column + b_row);

    const auto put = [](float(&slab)[k_slab][k_pitch], bool holds_rows, int row, int term, Float4 four) {
        if (holds_rows) {
            slab[term][row] = four.x;
            slab[term + 1][row] = four.y;
            slab[term + 2][row] = four.z;
            slab[term + 3][row] = four.w;
        } else {
            four_at(slab[term] + row) = four;
        }
    };

    for (int64_t chunk = 0; chunk < arguments.chunks; ++chunk) {
        const int64_t begin = (block.z + chunk) * arguments.chunk_terms;
        const int64_t end = begin + arguments.chunk_terms < p.K ? begin + arguments.chunk_terms : p.K;
        // Walk along the terms: where the next four floats stand, and how many terms are left there.
        const float* a_at = a_holds_rows ? p.a + (first_row + a_row) * p.K + begin + a_term
                                         : p.a + (begin + a_term) * p.M + first_row + a_row;
        const float* b_at = b_holds_rows ? p.b + (first_column + b_row) * p.K + begin + b_term
                                         : p.b + (begin + b_term) * p.N + first_column + b_row;
        const int64_t a_step = a_holds_rows ? k_slab : k_slab * p.M;
        const int64_t b_step = b_holds_rows ? k_slab : k_slab * p.N;
        int left = static_cast<int>(end - begin);
        float sums[k_own][k_own];
        DURE_UNROLL for (int r = 0; r < k_own; ++r) {
            DURE_UNROLL for (int c = 0; c < k_own; ++c) sums[r][c] = 0.0f;
        }
        Float4 next_a = load_four<a_holds_rows, aligned>(a_at, a_rows_left, left - a_term);
        Float4 next_b = load_four<b_holds_rows, aligned>(b_at, b_rows_left, left - b_term);
        put(a_slab[0], a_holds_rows, a_row, a_term, next_a);
        put(b_slab[0], b_holds_rows, b_row, b_term, next_b);
        barrier();
        int buffer = 0;
        for (; left > 0; left -= k_slab) {
            const bool more = left > k_slab;
            if (more) {
                a_at += a_step;
                b_at += b_step;
                next_a = load_four<a_holds_rows, aligned>(a_at, a_rows_left, left - k_slab - a_term);
                next_b = load_four<b_holds_rows, aligned>(b_at, b_rows_left, left - k_slab - b_term);
            }
            DURE_UNROLL for (int k = 0; k < k_slab; ++k) {
                float rows[k_own];
                float columns[k_own];
                DURE_UNROLL for (int g = 0; g < k_groups; ++g) {
                    const Float4 four_rows = four_at(a_slab[buffer][k] + 4 * (g * k_side + thread_row));
                    const Float4 four_columns = four_at(b_slab[buffer][k] + 4 * (g * k_side + thread_column));
                    rows[4 * g] = four_rows.x;
                    rows[4 * g + 1] = four_rows.y;
                    rows[4 * g + 2] = four_rows.z;
                    rows[4 * g + 3] = four_rows.w;
                    columns[4 * g] = four_columns.x;
                    columns[4 * g + 1] = four_columns.y;
                    columns[4 * g + 2] = four_columns.z;
                    columns[4 * g + 3] = four_columns.w;
                }
                DURE_UNROLL for (int r = 0; r < k_own; ++r) {
                    DURE_UNROLL for (int c = 0; c < k_own; ++c) sums[r][c] =
                        fma_rn(rows[r], columns[c], sums[r][c]);
                }
            }
            if (more) {
                buffer ^= 1;
                put(a_slab[buffer], a_holds_rows, a_row, a_term, next_a);
                put(b_slab[buffer], b_holds_rows, b_row, b_term, next_b);
            }
            barrier();
        }
        const bool to_sums = arguments.sums != nullptr;
        float* const out = to_sums ? arguments.sums + block.z * p.M * p.N : p.c;
        DURE_UNROLL for (int r = 0; r < k_own; ++r) {
            const int64_t row = first_row + r / 4 * (4 * k_side) + thread_row * 4 + r % 4;
            if (row >= p.M) continue;
            DURE_UNROLL for (int g = 0; g < k_groups; ++g) {
                const int64_t column = first_column + g * (4 * k_side) + thread_column * 4;
                float* const at = out + row * p.N + column;
                const float finished[4] = {sums[r][4 * g] + 0.0f, sums[r][4 * g + 1] + 0.0f,
                                           sums[r][4 * g + 2] + 0.0f, sums[r][4 * g + 3] + 0.0f};
                const bool added = p.add && !to_sums;
                if constexpr (aligned) {
                    if (column >= p.N) continue;
                    Float4 result{finished[0], finished[1], finished[2], finished[3]};
                    if (added) {
                        const Float4 old = four_at(at);
                        result = {old.x + finished[0], old.y + finished[1], old.z + finished[2],
                                  old.w + finished[3]};
                    }
                    four_at(at) = result;
                } else {
                    DURE_UNROLL for (int c = 0; c < 4; ++c) {
                        if (column + c < p.N) at[c] = added ? at[c] + finished[c] : finished[c];
                    }
                }
            }
        }
    }
}

bool is_aligned(const void* pointer) {
    return reinterpret_cast<uintptr_t>(pointer) % alignof(Float4) == 0;
}

template <int tile, bool aligned>
void launch_tiles(const Stream& stream, const TileArguments& arguments, int64_t depth) {
    const Product& p = arguments.p;
    const Index grid{static_cast<unsigned>(ceil_divide(p.M, tile) * ceil_divide(p.N, tile)), 1,
                     static_cast<unsigned>(depth)};
    if (p.a_holds_rows && p.b_holds_rows) {
        const auto kernel = product_tile<tile, true, true, aligned>;
        DURE_LAUNCH(kernel, grid, k_threads, stream, arguments);
    } else if (p.a_holds_rows) {
        const auto kernel = product_tile<tile, true, false, aligned>;
        DURE_LAUNCH(kernel, grid, k_threads, stream, arguments);
    } else {
        const auto kernel = product_tile<tile, false, false, aligned>;
        DURE_LAUNCH(kernel, grid, k_threads, stream, arguments);
    }
}

int64_t tiles_of(const Product& p, int64_t tile) {
    return ceil_divide(p.M, tile) * ceil_divide(p.N, tile);
}

// Large tiles only where they keep all processors busy.
bool takes_large_tiles(const Stream& stream, const Product& p, int64_t depth) {
    return tiles_of(p, k_large) * depth >= stream.processors;
}

void launch(const Stream& stream, const TileArguments& arguments, int64_t depth) {
    const Product& p = arguments.p;
    if (p.M == 0 || p.N == 0 || depth == 0) return;
    const bool aligned = is_aligned(p.a) && is_aligned(p.b) && is_aligned(p.c) && p.N % 4 == 0 &&
                         (p.K % 4 == 0 || !(p.a_holds_rows || p.b_holds_rows)) &&
                         (p.M % 4 == 0 || p.a_holds_rows) &&
                         (arguments.sums == nullptr || is_aligned(arguments.sums));
    if (takes_large_tiles(stream, p, depth)) {
        if (aligned) {
            launch_tiles<k_large, true>(stream, arguments, depth);
        } else {
            launch_tiles<k_large, false>(stream, arguments, depth);
        }
    } else if (aligned) {
        launch_tiles<k_small, true>(stream, arguments, depth);
    } else {
        launch_tiles<k_small, false>(stream, arguments, depth);
    }
}

DURE_KERNEL(k_threads, 1) add_chunks_kernel(float* c, const float* sums, int64_t chunks, int64_t count) {
    const int64_t stride = int64_t{grid_size().x} * k_threads;
    for (int64_t i = int64_t{block_index().x} * k_threads + thread_index(); i < count; i += stride) {
        float value = c[i];
        for (int64_t chunk = 0; chunk < chunks; ++chunk)
            value = value + sums[chunk * count + i];
        c[i] = value;
    }
}

// Few rows: each block makes 8 columns for all rows of A. All threads bring slabs of B through shared memory, one thread
// for each element runs its chain.
constexpr int k_few_columns = 8;
constexpr int k_few_slab = 256;

DURE_KERNEL(k_threads, 2) few_rows(Product p) {
    constexpr int k_loads = k_few_columns * k_few_slab / k_threads;
    DURE_SHARED float b_slab[2][k_few_columns][k_few_slab + 1];
    DURE_SHARED float a_slab[2][k_few_rows][k_few_slab + 1];
    const int thread = thread_index();
    const int64_t first_column = int64_t{block_index().x} * k_few_columns;
    const int column = thread % k_few_columns;
    const int row = thread / k_few_columns;
    const bool runs = row < p.M && first_column + column < p.N;
    float next_a[k_loads];
    float next_b[k_loads];
    const auto load = [&](int64_t term) {
        DURE_UNROLL for (int i = 0; i < k_loads; ++i) {
            const int64_t k = term + thread;
            next_b[i] = k < p.K && first_column + i < p.N ? p.b[(first_column + i) * p.K + k] : 0.0f;
            next_a[i] = k < p.K && i < p.M ? p.a[i * p.K + k] : 0.0f;
        }
    };
    const auto put = [&](int buffer) {
        DURE_UNROLL for (int i = 0; i < k_loads; ++i) {
            b_slab[buffer][i][thread] = next_b[i];
            a_slab[buffer][i][thread] = next_a[i];
        }
    };
    float sum = 0.0f;
    load(0);
    put(0);
    barrier();
    int buffer = 0;
    for (int64_t term = 0; term < p.K; term += k_few_slab) {
        const bool more = term + k_few_slab < p.K;
        if (more) load(term + k_few_slab);
        if (runs) {
            DURE_UNROLL_BY(16)
            for (int k = 0; k < k_few_slab; ++k)
                sum = fma_rn(a_slab[buffer][row][k], b_slab[buffer][column][k], sum);
        }
        if (more) {
            buffer ^= 1;
            put(buffer);
        }
        barrier();
    }
    if (!runs) return;
    float* const at = p.c + row * p.N + first_column + column;
    *at = p.add ? *at + (sum + 0.0f) : sum + 0.0f;
}
static_assert(k_few_slab == k_threads && k_few_columns == k_few_rows);

}  // namespace

void product(const Stream& stream, const Product& p) {
    launch(stream, {p, p.K, 1, nullptr}, 1);
}

void product_few_rows(const Stream& stream, const Product& p) {
    if (p.M == 0 || p.N == 0) return;
    const Index grid{static_cast<unsigned>(ceil_divide(p.N, k_few_columns)), 1, 1};
    DURE_LAUNCH(few_rows, grid, k_threads, stream, p);
}

int64_t chunk_sums_wanted(const Stream& stream, const Product& p) {
    const int64_t chunks = ceil_divide(p.K, k_token_chunk);
    if (chunks <= 1 || takes_large_tiles(stream, p, 1)) return 0;
    const int64_t useful = ceil_divide(int64_t{4} * stream.processors, tiles_of(p, k_small));
    return (chunks < useful ? chunks : useful) * p.M * p.N;
}

void product_in_chunks(const Stream& stream, const Product& p, float* sums, int64_t sums_room) {
    Product whole = p;
    whole.add = true;
    const int64_t chunks = ceil_divide(p.K, k_token_chunk);
    if (p.M == 0 || p.N == 0 || chunks == 0) return;
    const int64_t at_once = sums_room / (p.M * p.N);
    if (at_once <= 1) {
        launch(stream, {whole, k_token_chunk, chunks, nullptr}, 1);
        return;
    }
    for (int64_t first = 0; first < chunks; first += at_once) {
        const int64_t depth = chunks - first < at_once ? chunks - first : at_once;
        Product part = whole;
        const int64_t skipped = first * k_token_chunk;
        part.a += skipped * p.M;
        part.b += skipped * p.N;
        part.K = p.K - skipped;
        launch(stream, {part, k_token_chunk, 1, sums}, depth);
        add_chunks(stream, p.c, sums, depth, p.M * p.N);
    }
}

void add_chunks(const Stream& stream, float* c, const float* sums, int64_t chunks, int64_t count) {
    if (count == 0 || chunks == 0) return;
    const int64_t blocks = ceil_divide(count, k_threads);
    const int64_t most = int64_t{8} * stream.processors;
    const Index grid{static_cast<unsigned>(blocks < most ? blocks : most), 1, 1};
    DURE_LAUNCH(add_chunks_kernel, grid, k_threads, stream, c, sums, chunks, count);
}

}  // namespace dure::trainer::DURE_GPU
