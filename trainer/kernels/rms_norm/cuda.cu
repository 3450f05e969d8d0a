// RMSNorm on a GPU: a warp for each row; the gain's gradient by a thread for each feature and chunk of tokens.
#include "trainer/kernels/cuda/launch.h"
#include "trainer/kernels/cuda/reduce.h"

namespace dure::trainer::DURE_GPU {
namespace {

constexpr int k_rows = 8;  // of a block
constexpr int k_threads = k_rows * k_warp;

DURE_KERNEL(k_threads, 1)
rms_norm_kernel(float* out, float* inverse_rms, const float* x, const float* gain, float epsilon, int64_t T,
                int64_t C) {
    const int64_t t = int64_t{block_index().x} * k_rows + thread_index() / k_warp;
    const int lane = thread_index() % k_warp;
    if (t >= T) return;
    const float* const row = x + t * C;
    const float squares =
        warp_reduce(C, [=](float partial, int64_t c) { return fma_rn(row[c], row[c], partial); });
    const float inverse = div_rn(1.0f, sqrt_rn(div_rn(squares, static_cast<float>(C)) + epsilon));
    for (int64_t c = lane; c < C; c += k_warp)
        out[t * C + c] = (row[c] * inverse) * gain[c];
    if (inverse_rms != nullptr && lane == 0) inverse_rms[t] = inverse;
}

DURE_KERNEL(k_threads, 1)
rms_norm_input_gradient(float* dx, const float* dy, const float* x, const float* gain,
                        const float* inverse_rms, int64_t T, int64_t C) {
    const int64_t t = int64_t{block_index().x} * k_rows + thread_index() / k_warp;
    if (t >= T) return;
    const float inverse = inverse_rms[t];
    const auto h = [=](int64_t c) { return dy[t * C + c] * gain[c]; };
    const auto u = [=](int64_t c) { return x[t * C + c] * inverse; };
    const float sum = warp_reduce(C, [=](float partial, int64_t c) { return fma_rn(h(c), u(c), partial); });
    const float mean = div_rn(sum, static_cast<float>(C));
    for (int64_t c = thread_index() % k_warp; c < C; c += k_warp)
        dx[t * C + c] = dx[t * C + c] + fma_rn(-mean, u(c), h(c)) * inverse;
}

// sums [chunks, C]: the finished chain of each chunk of tokens.
DURE_KERNEL(k_threads, 1)
rms_norm_gain_sums(float* sums, const float* dy, const float* x, const float* inverse_rms, int64_t T,
                   int64_t C) {
    const int64_t c = int64_t{block_index().x} * k_threads + thread_index();
    if (c >= C) return;
    const int64_t begin = block_index().y * k_token_chunk;
    const int64_t end = begin + k_token_chunk < T ? begin + k_token_chunk : T;
    float sum = 0.0f;
    for (int64_t t = begin; t < end; ++t)
        sum = fma_rn(dy[t * C + c], x[t * C + c] * inverse_rms[t], sum);
    sums[block_index().y * C + c] = sum + 0.0f;
}

Index rows_grid(int64_t T) {
    return {static_cast<unsigned>(ceil_divide(T, k_rows)), 1, 1};
}

}  // namespace

void rms_norm(const Stream& stream, float* out, float* inverse_rms, const float* x, const float* gain,
              float epsilon, int64_t T, int64_t C) {
    if (T == 0) return;
    DURE_LAUNCH(rms_norm_kernel, rows_grid(T), k_threads, stream, out, inverse_rms, x, gain, epsilon, T, C);
}

void rms_norm_gradient(const Stream& stream, float* dx, float* dgain, const float* dy, const float* x,
                       const float* gain, const float* inverse_rms, int64_t T, int64_t C, float* sums) {
    if (T == 0) return;
    DURE_LAUNCH(rms_norm_input_gradient, rows_grid(T), k_threads, stream, dx, dy, x, gain, inverse_rms, T, C);
    const int64_t chunks = ceil_divide(T, k_token_chunk);
    const Index grid{static_cast<unsigned>(ceil_divide(C, k_threads)), static_cast<unsigned>(chunks), 1};
    DURE_LAUNCH(rms_norm_gain_sums, grid, k_threads, stream, sums, dy, x, inverse_rms, T, C);
    add_chunks(stream, dgain, sums, chunks, C);
}

}  // namespace dure::trainer::DURE_GPU
