// The reduction of `fp32-chain-1` by one warp: lane i holds partial i, the tree is five shuffles.
#pragma once

#include "trainer/kernels/cuda/platform.h"
#include "trainer/kernels/kernels.h"

namespace dure::trainer::DURE_GPU {

static_assert(k_reduce_partials == k_warp);

// The tree over the warp's partials; every lane gets the result.
DURE_DEVICE float finish_reduction(float partial) {
    DURE_UNROLL for (int half = k_warp / 2; half > 0; half /= 2) partial =
        partial + shuffle_down(partial, half);
    return shuffle(partial, 0);
}

// reduce(j < count: ...) by the calling warp, for count <= 8192^2; every lane gets the result.
// accumulate(partial, j) returns the partial with element j in it.
template <class Accumulate>
DURE_DEVICE float warp_reduce(int64_t count, Accumulate accumulate) {
    const int lane = thread_index() % k_warp;
    float chunks = 0.0f;  // this lane's partial of the reduction of the chunks' results
    float result = 0.0f;
    int64_t chunk = 0;
    for (int64_t begin = 0; begin < count; begin += k_reduce_chunk) {
        const int64_t end = begin + k_reduce_chunk < count ? begin + k_reduce_chunk : count;
        float partial = 0.0f;
        for (int64_t j = begin + lane; j < end; j += k_warp)
            partial = accumulate(partial, j);
        result = finish_reduction(partial);
        if (lane == chunk % k_warp) chunks = chunks + result;
        ++chunk;
    }
    if (chunk <= 1) return result;
    return finish_reduction(chunks);
}

// The warp's maximum of a value that each lane has.
DURE_DEVICE float warp_maximum(float value) {
    DURE_UNROLL for (int half = k_warp / 2; half > 0; half /= 2) {
        const float other = shuffle_xor(value, half);
        value = other > value ? other : value;
    }
    return value;
}

}  // namespace dure::trainer::DURE_GPU
