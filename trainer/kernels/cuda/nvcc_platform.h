// platform.h under nvcc (and, for what is not device code, under the CPU's compiler next to CUDA's runtime).
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#ifdef __CUDACC__
#define DURE_KERNEL(threads, blocks) __global__ void __launch_bounds__(threads, blocks)
#define DURE_DEVICE __device__ __forceinline__
#define DURE_BOTH __host__ __device__ __forceinline__
#define DURE_SHARED __shared__ __align__(16)
#define DURE_UNROLL _Pragma("unroll")
#define DURE_UNROLL_BY(times) _Pragma(DURE_TEXT(unroll times))
#define DURE_TEXT(text) #text
#define DURE_LAUNCH(kernel, grid, threads, stream, ...)                                             \
    do {                                                                                            \
        const ::dure::trainer::cuda::Index launch_grid = grid;                                      \
        kernel<<<dim3(launch_grid.x, launch_grid.y, launch_grid.z), threads, 0, (stream).handle>>>( \
            __VA_ARGS__);                                                                           \
        ::dure::trainer::cuda::check_launch();                                                      \
    } while (false)
#else
#define DURE_BOTH inline
#endif

namespace dure::trainer::cuda {

struct Index {
    unsigned x = 1;
    unsigned y = 1;
    unsigned z = 1;
};

// The one queue of work. `processors` helps to choose how finely to divide it.
struct Stream {
    cudaStream_t handle = nullptr;
    int processors = 1;
};

// Throws DeviceError if a launch was refused.
void check_launch();

#ifdef __CUDACC__
DURE_DEVICE int thread_index() {
    return static_cast<int>(threadIdx.x);
}
DURE_DEVICE Index block_index() {
    return {blockIdx.x, blockIdx.y, blockIdx.z};
}
DURE_DEVICE Index grid_size() {
    return {gridDim.x, gridDim.y, gridDim.z};
}
DURE_DEVICE void barrier() {
    __syncthreads();
}
DURE_DEVICE bool barrier_or(bool value) {
    return __syncthreads_or(value ? 1 : 0) != 0;
}
DURE_DEVICE float shuffle(float value, int lane) {
    return __shfl_sync(0xffffffffU, value, lane);
}
DURE_DEVICE float shuffle_down(float value, int by) {
    return __shfl_down_sync(0xffffffffU, value, by);
}
DURE_DEVICE float shuffle_xor(float value, int mask) {
    return __shfl_xor_sync(0xffffffffU, value, mask);
}
DURE_DEVICE uint32_t ballot(bool value) {
    return __ballot_sync(0xffffffffU, value);
}
DURE_DEVICE int lowest_bit(uint32_t bits) {
    return __ffs(static_cast<int>(bits)) - 1;
}
DURE_DEVICE float fma_rn(float a, float b, float c) {
    return __fmaf_rn(a, b, c);
}
DURE_DEVICE float div_rn(float a, float b) {
    return __fdiv_rn(a, b);
}
DURE_DEVICE float sqrt_rn(float a) {
    return __fsqrt_rn(a);
}
DURE_DEVICE double div_rn(double a, double b) {
    return __ddiv_rn(a, b);
}
DURE_DEVICE double sqrt_rn(double a) {
    return __dsqrt_rn(a);
}
DURE_DEVICE uint32_t bits_of(float a) {
    return __float_as_uint(a);
}
DURE_DEVICE float float_of(uint32_t bits) {
    return __uint_as_float(bits);
}
#endif

}  // namespace dure::trainer::cuda
