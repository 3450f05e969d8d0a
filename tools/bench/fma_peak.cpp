#include "tools/bench/fma_peak.h"

#include <immintrin.h>

#include <cstdint>

namespace dure::bench {
namespace {

constexpr std::int64_t k_rounds = 50000;

// Where the compiler must believe that the result goes.
volatile float sink = 0;

}  // namespace

// Written out with asm barriers: a compiler may otherwise fold chains of equal operands.
__attribute__((target("avx512f"))) double fma_burst_avx512() {
    constexpr int k_chains = 24;
    __m512 sums[k_chains];
    for (int i = 0; i < k_chains; ++i)
        sums[i] = _mm512_set1_ps(static_cast<float>(i));
    __m512 a = _mm512_set1_ps(0.999F);
    __m512 b = _mm512_set1_ps(0.001F);
    asm volatile("" : "+v"(a), "+v"(b));
    for (std::int64_t round = 0; round < k_rounds; ++round) {
#pragma GCC unroll 24
        for (int i = 0; i < k_chains; ++i)
            sums[i] = _mm512_fmadd_ps(sums[i], a, b);
    }
    float lanes[16];
    for (int i = 0; i < k_chains; ++i) {
        _mm512_storeu_ps(lanes, sums[i]);
        sink = sink + lanes[0];
    }
    return static_cast<double>(k_rounds) * k_chains * 16 * 2;
}

__attribute__((target("avx2,fma"))) double fma_burst_avx2() {
    constexpr int k_chains = 12;
    __m256 sums[k_chains];
    for (int i = 0; i < k_chains; ++i)
        sums[i] = _mm256_set1_ps(static_cast<float>(i));
    __m256 a = _mm256_set1_ps(0.999F);
    __m256 b = _mm256_set1_ps(0.001F);
    asm volatile("" : "+x"(a), "+x"(b));
    for (std::int64_t round = 0; round < 2 * k_rounds; ++round) {
#pragma GCC unroll 12
        for (int i = 0; i < k_chains; ++i)
            sums[i] = _mm256_fmadd_ps(sums[i], a, b);
    }
    float lanes[8];
    for (int i = 0; i < k_chains; ++i) {
        _mm256_storeu_ps(lanes, sums[i]);
        sink = sink + lanes[0];
    }
    return static_cast<double>(2 * k_rounds) * k_chains * 8 * 2;
}

}  // namespace dure::bench
