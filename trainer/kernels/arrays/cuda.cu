// Sums, differences and reductions of whole arrays on a GPU: a warp reduces a chunk, the chunks' results are reduced again
// until one is left.
#include "trainer/kernels/cuda/each.h"
#include "trainer/kernels/cuda/launch.h"
#include "trainer/kernels/cuda/reduce.h"

namespace dure::trainer::DURE_GPU {
namespace {

struct Add {
    float* out;
    const float* a;
    const float* b;
    DURE_DEVICE void operator()(int64_t i) const { out[i] = a[i] + b[i]; }
};

struct Subtract {
    float* out;
    const float* a;
    const float* b;
    DURE_DEVICE void operator()(int64_t i) const { out[i] = a[i] - b[i]; }
};

struct Scale {
    float* out;
    const float* x;
    float factor;
    DURE_DEVICE void operator()(int64_t i) const { out[i] = x[i] * factor; }
};

struct FindNotFinite {
    int32_t* found;
    const float* x;
    DURE_DEVICE void operator()(int64_t i) const {
        // All threads that write, write the same.
        if ((bits_of(x[i]) & 0x7f800000U) == 0x7f800000U) *found = 1;
    }
};

constexpr int k_warps = 4;  // of a block
constexpr int k_threads = k_warps * k_warp;

// results [ceil(count / k_reduce_chunk)]
template <bool squares>
DURE_KERNEL(k_threads, 1)
reduce_chunks(float* results, const float* x, int64_t count) {
    const int64_t chunk = int64_t{block_index().x} * k_warps + thread_index() / k_warp;
    const int64_t begin = chunk * k_reduce_chunk;
    if (begin >= count && chunk > 0) return;  // the reduction of nothing is made, too
    const int64_t size = count - begin < k_reduce_chunk ? count - begin : k_reduce_chunk;
    const float* const part = x + begin;
    const float result = warp_reduce(size, [=](float partial, int64_t j) {
        return squares ? fma_rn(part[j], part[j], partial) : partial + part[j];
    });
    if (thread_index() % k_warp == 0) results[chunk] = result;
}

}  // namespace

void add(const Stream& stream, float* out, const float* a, const float* b, int64_t count) {
    launch_each(stream, count, Add{out, a, b});
}
void subtract(const Stream& stream, float* out, const float* a, const float* b, int64_t count) {
    launch_each(stream, count, Subtract{out, a, b});
}
void scale(const Stream& stream, float* out, const float* x, float factor, int64_t count) {
    launch_each(stream, count, Scale{out, x, factor});
}

int64_t reduction_levels_wanted(int64_t count) {
    int64_t wanted = 0;
    for (int64_t level = ceil_divide(count, k_reduce_chunk); level > 1;
         level = ceil_divide(level, k_reduce_chunk))
        wanted += level;
    return wanted;
}

void reduce_sum(const Stream& stream, float* result, const float* x, int64_t count, bool squares,
                float* levels) {
    while (true) {
        const int64_t chunks = ceil_divide(count, k_reduce_chunk);
        float* const results = chunks <= 1 ? result : levels;
        // The reduction of nothing is +0: one warp finds no element.
        const Index grid{static_cast<unsigned>(chunks == 0 ? 1 : ceil_divide(chunks, k_warps)), 1, 1};
        const auto kernel = squares ? reduce_chunks<true> : reduce_chunks<false>;
        DURE_LAUNCH(kernel, grid, k_threads, stream, results, x, count);
        if (chunks <= 1) return;
        x = results;
        levels += chunks;
        count = chunks;
        squares = false;
    }
}

void find_not_finite(const Stream& stream, int32_t* found, const float* x, int64_t count) {
    launch_each(stream, count, FindNotFinite{found, x});
}

}  // namespace dure::trainer::DURE_GPU
