// What is the same for every width: parts of vectors, and walks over a row in whole vectors and a last part.
// Included after lanes/avx2.h or lanes/avx512.h; everything has internal linkage.
#pragma once

// Loops over registers must vanish, or what they hold would live in memory.
#if defined(__clang__)
#define DURE_UNROLL _Pragma("unroll")
#else
#define DURE_UNROLL _Pragma("GCC unroll 16")
#endif

namespace dure::trainer {
namespace {

inline int64_t min_of(int64_t a, int64_t b) {
    return a < b ? a : b;
}
inline int64_t max_of(int64_t a, int64_t b) {
    return a > b ? a : b;
}
inline int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

// Asks for the cache line of p, which will be written soon. p may be any address.
inline void prefetch_for_write(const float* p) {
    asm volatile("prefetchw %0" : : "m"(*p));
}

// Asks for the cache line of p, which will be read in a while, into the L2 cache. p may be any address.
inline void prefetch_far(const float* p) {
    __builtin_prefetch(p, 0, 2);
}

inline Vec sign_bit() {
    return from_bits(int_broadcast(0x80000000u));
}
inline Vec absolute(Vec v) {
    return bit_and(v, from_bits(int_broadcast(0x7fffffffu)));
}

inline Vec load_some(const float* p, int64_t count) {
    return count == k_width ? load(p) : load_head(p, count);
}
inline void store_some(float* p, Vec v, int64_t count) {
    if (count == k_width) {
        store(p, v);
    } else {
        store_head(p, v, count);
    }
}

// Calls body(j, lanes) for [0, count) in whole vectors and a last part.
template <class Body>
inline void each_vector(int64_t count, Body body) {
    int64_t j = 0;
    for (; j + k_width <= count; j += k_width)
        body(j, k_width);
    if (j < count) body(j, count - j);
}

inline float scalar_root(float x) {
    float result = 0.0f;
    store_head(&result, root(broadcast(x)), 1);
    return result;
}

}  // namespace
}  // namespace dure::trainer
