// A kernel that calls a body for each of many independent elements, a thread for several of them.
#pragma once

#include "trainer/kernels/cuda/platform.h"

namespace dure::trainer::DURE_GPU {

constexpr int k_each_threads = 256;

template <class Body>
DURE_KERNEL(k_each_threads, 1)
each_kernel(int64_t count, Body body) {
    const int64_t stride = int64_t{grid_size().x} * k_each_threads;
    for (int64_t i = int64_t{block_index().x} * k_each_threads + thread_index(); i < count; i += stride)
        body(i);
}

// body: a trivially copyable object with `DURE_DEVICE void operator()(int64_t i) const`.
template <class Body>
void launch_each(const Stream& stream, int64_t count, const Body& body) {
    if (count == 0) return;
    const int64_t blocks = ceil_divide(count, k_each_threads);
    const int64_t most = int64_t{16} * stream.processors;
    const Index grid{static_cast<unsigned>(blocks < most ? blocks : most), 1, 1};
    const auto kernel = each_kernel<Body>;
    DURE_LAUNCH(kernel, grid, k_each_threads, stream, count, body);
}

}  // namespace dure::trainer::DURE_GPU
