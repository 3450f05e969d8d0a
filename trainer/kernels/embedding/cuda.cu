// Embedding on a GPU. The gradient is taken by one block for each token whose id did not occur before: it walks the later
// tokens in order and adds those of its id, so that no two blocks share a row and no order is left to chance.
#include "trainer/kernels/cuda/each.h"
#include "trainer/kernels/cuda/launch.h"

namespace dure::trainer::DURE_GPU {
namespace {

struct Look {
    float* out;
    const float* table;
    const int32_t* ids;
    int64_t C;
    DURE_DEVICE void operator()(int64_t i) const { out[i] = table[ids[i / C] * C + i % C]; }
};

constexpr int k_threads = 128;
constexpr int k_columns = 4;  // of a thread, at once

DURE_KERNEL(k_threads, 1)
embedding_gradient_kernel(float* dtable, const float* dout, const int32_t* ids, int64_t T, int64_t C) {
    const int64_t first = block_index().x;
    const int32_t id = ids[first];
    const int thread = thread_index();
    const int lane = thread % k_warp;
    bool occurred = false;
    for (int64_t t = thread; t < first; t += k_threads)
        occurred = occurred || ids[t] == id;
    if (barrier_or(occurred)) return;
    float* const row = dtable + id * C;
    for (int64_t begin = 0; begin < C; begin += k_columns * k_threads) {
        float sums[k_columns];
        DURE_UNROLL for (int i = 0; i < k_columns; ++i) {
            const int64_t c = begin + i * k_threads + thread;
            sums[i] = c < C ? row[c] : 0.0f;
        }
        for (int64_t t = first; t < T; t += k_warp) {
            uint32_t matches = ballot(t + lane < T && ids[t + lane] == id);
            while (matches != 0) {
                const int64_t match = t + lowest_bit(matches);
                matches &= matches - 1;
                DURE_UNROLL for (int i = 0; i < k_columns; ++i) {
                    const int64_t c = begin + i * k_threads + thread;
                    if (c < C) sums[i] = sums[i] + dout[match * C + c];
                }
            }
        }
        DURE_UNROLL for (int i = 0; i < k_columns; ++i) {
            const int64_t c = begin + i * k_threads + thread;
            if (c < C) row[c] = sums[i];
        }
    }
}

}  // namespace

void embedding(const Stream& stream, float* out, const float* table, const int32_t* ids, int64_t T,
               int64_t C) {
    launch_each(stream, T * C, Look{out, table, ids, C});
}

void embedding_gradient(const Stream& stream, float* dtable, const float* dout, const int32_t* ids, int64_t T,
                        int64_t C) {
    if (T == 0) return;
    const Index grid{static_cast<unsigned>(T), 1, 1};
    DURE_LAUNCH(embedding_gradient_kernel, grid, k_threads, stream, dtable, dout, ids, T, C);
}

}  // namespace dure::trainer::DURE_GPU
