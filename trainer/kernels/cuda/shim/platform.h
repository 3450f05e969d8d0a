// platform.h on the CPU: each GPU thread is a fiber (blocks.h), and everything runs in the calling thread.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "trainer/kernels/cuda/shim/blocks.h"
#include "trainer/kernels/cuda/shim/memory.h"

#define DURE_KERNEL(threads, blocks) void
#define DURE_DEVICE inline
#define DURE_BOTH inline
#define DURE_SHARED alignas(16) static
#define DURE_UNROLL
#define DURE_UNROLL_BY(times)
#define DURE_LAUNCH(kernel, grid, threads, stream, ...) \
    ::dure::trainer::shim::launch(stream, grid, threads, [&] { kernel(__VA_ARGS__); })

namespace dure::trainer::shim {

struct Stream {
    Order* order = nullptr;
    Memory* memory = nullptr;
    int processors = 1;
};

inline void launch(const Stream& stream, Index grid, int threads, const std::function<void()>& body) {
    const Memory::Open open(*stream.memory);
    run_blocks(stream.order, grid, threads, body);
}

inline float fma_rn(float a, float b, float c) {
    return std::fma(a, b, c);
}
inline float div_rn(float a, float b) {
    return a / b;
}
inline float sqrt_rn(float a) {
    return std::sqrt(a);
}
inline double div_rn(double a, double b) {
    return a / b;
}
inline double sqrt_rn(double a) {
    return std::sqrt(a);
}
inline uint32_t bits_of(float a) {
    return std::bit_cast<uint32_t>(a);
}
inline float float_of(uint32_t bits) {
    return std::bit_cast<float>(bits);
}
inline int lowest_bit(uint32_t bits) {
    return std::countr_zero(bits);
}

}  // namespace dure::trainer::shim
