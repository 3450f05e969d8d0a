// Softmax and cross-entropy on a GPU: a block for each row. Its warps take the reduction's chunks in turn; all threads
// take the elements.
#include "trainer/kernels/cuda/launch.h"
#include "trainer/kernels/cuda/math.h"
#include "trainer/kernels/cuda/reduce.h"

namespace dure::trainer::DURE_GPU {
namespace {

constexpr int k_warps = 8;
constexpr int k_threads = k_warps * k_warp;
constexpr int64_t k_most_chunks = 1024;  // of a row: eight million logits

struct Row {
    float max;
    float denominator;
};

// Called by all threads of the block: the row's maximum, and reduce(j: exp(x_j - max)).
DURE_DEVICE Row examine(const float* x, int64_t active) {
    DURE_SHARED float maxima[k_warps];
    DURE_SHARED float chunks[k_most_chunks];
    DURE_SHARED float denominator[1];
    const int thread = thread_index();
    const int warp = thread / k_warp;
    float max = -coefficients::k_infinity;
    for (int64_t j = thread; j < active; j += k_threads)
        max = x[j] > max ? x[j] : max;
    max = warp_maximum(max);
    if (thread % k_warp == 0) maxima[warp] = max;
    barrier();
    for (int i = 0; i < k_warps; ++i)
        max = maxima[i] > max ? maxima[i] : max;
    const int64_t count = ceil_divide(active, k_reduce_chunk);
    for (int64_t chunk = warp; chunk < count; chunk += k_warps) {
        const int64_t begin = chunk * k_reduce_chunk;
        const int64_t size = active - begin < k_reduce_chunk ? active - begin : k_reduce_chunk;
        const float sum =
            warp_reduce(size, [=](float partial, int64_t j) { return partial + exp_of(x[begin + j] - max); });
        if (thread % k_warp == 0) chunks[chunk] = sum;
    }
    barrier();
    if (warp == 0) {
        const float sum =
            count == 1 ? chunks[0]
                       : warp_reduce(count, [](float partial, int64_t j) { return partial + chunks[j]; });
        if (thread == 0) denominator[0] = sum;
    }
    barrier();
    return {max, denominator[0]};
}

DURE_KERNEL(k_threads, 1) softmax_kernel(float* out, const float* x, int64_t V, int64_t active) {
    const int64_t first = block_index().x * V;
    const Row row = examine(x + first, active);
    const float inverse = div_rn(1.0f, row.denominator);
    for (int64_t j = thread_index(); j < V; j += k_threads)
        out[first + j] = j < active ? exp_of(x[first + j] - row.max) * inverse : 0.0f;
}

DURE_KERNEL(k_threads, 1)
cross_entropy_kernel(float* loss, float* dlogits, const float* logits, const int32_t* targets, int64_t V,
                     int64_t active, float scale) {
    const int64_t t = block_index().x;
    const int64_t target = targets[t];
    const float* const x = logits + t * V;
    if (target < 0) {
        if (thread_index() == 0) loss[t] = 0.0f;
        for (int64_t j = thread_index(); dlogits != nullptr && j < V; j += k_threads)
            dlogits[t * V + j] = 0.0f;
        return;
    }
    const Row row = examine(x, active);
    if (thread_index() == 0) loss[t] = log_of(row.denominator) - (x[target] - row.max);
    if (dlogits == nullptr) return;
    barrier();  // dlogits may be logits: x[target] is read before it is written
    const float inverse = div_rn(1.0f, row.denominator);
    for (int64_t j = thread_index(); j < V; j += k_threads) {
        const float p = j < active ? exp_of(x[j] - row.max) * inverse : 0.0f;
        dlogits[t * V + j] = (j == target ? p - 1.0f : p) * scale;
    }
}

}  // namespace

void softmax(const Stream& stream, float* out, const float* x, int64_t T, int64_t V, int64_t active) {
    if (T == 0) return;
    const Index grid{static_cast<unsigned>(T), 1, 1};
    DURE_LAUNCH(softmax_kernel, grid, k_threads, stream, out, x, V, active);
}

void cross_entropy(const Stream& stream, float* loss, float* dlogits, const float* logits,
                   const int32_t* targets, int64_t T, int64_t V, int64_t active, float scale) {
    if (T == 0) return;
    const Index grid{static_cast<unsigned>(T), 1, 1};
    DURE_LAUNCH(cross_entropy_kernel, grid, k_threads, stream, loss, dlogits, logits, targets, V, active,
                scale);
}

}  // namespace dure::trainer::DURE_GPU
