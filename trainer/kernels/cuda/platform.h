// What GPU code of Dure is written in: a few names that stand for CUDA's under nvcc, and for the shim's under the CPU's
// compiler. A kernel uses nothing else, so that its one source is both run on a GPU and tested without one.
//
//   DURE_KERNEL(threads, blocks)  before a kernel: at most `threads` in a block; registers for `blocks` on a processor
//   DURE_DEVICE                   before a function that kernels call
//   DURE_SHARED                   before an array that a block's threads share, aligned to 16 bytes
//   DURE_UNROLL                   before a loop with few rounds that is to be unrolled
//   DURE_LAUNCH(kernel, grid, threads, stream, arguments...)
//   thread_index() block_index() grid_size() barrier() barrier_or() shuffle() shuffle_down() shuffle_xor() ballot()
//   fma_rn() div_rn() sqrt_rn() bits_of() float_of(): each one IEEE operation, as + - * are (no contraction, no flush)
//
// Kernels are launched with threads in one dimension, a multiple of 32 of them.
#pragma once

#include <cstdint>

#ifdef DURE_SHIM
#include "trainer/kernels/cuda/shim/platform.h"
#define DURE_GPU shim
#else
#include "trainer/kernels/cuda/nvcc_platform.h"
#define DURE_GPU cuda
#endif

namespace dure::trainer::DURE_GPU {

constexpr int k_warp = 32;

// Four floats that are read or written at once.
struct alignas(16) Float4 {
    float x, y, z, w;
};

DURE_BOTH int64_t ceil_divide(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

// Four consecutive floats; the address is a multiple of 16.
DURE_BOTH Float4& four_at(float* at) {
    return *reinterpret_cast<Float4*>(at);
}
DURE_BOTH const Float4& four_at(const float* at) {
    return *reinterpret_cast<const Float4*>(at);
}

}  // namespace dure::trainer::DURE_GPU
