// `reduce` of kernels.h on lanes: partial j mod 32 is a lane of one of a few registers. Included after
// lanes/avx2.h or lanes/avx512.h; everything has internal linkage.
#pragma once

#include "trainer/kernels/executor.h"
#include "trainer/kernels/lanes/vectors.h"
#include "trainer/kernels/scratch.h"

namespace dure::trainer {
namespace {

// The 32 partial sums of one chunk of a reduction.
struct Partials {
    static constexpr int64_t k_vectors = k_reduce_partials / k_width;
    Vec sums[k_vectors];

    Partials() {
        for (Vec& sum : sums)
            sum = zero();
    }

    float tree() {
        for (int64_t half = k_vectors / 2; half > 0; half /= 2) {
            for (int64_t i = 0; i < half; ++i)
                sums[i] = add(sums[i], sums[i + half]);
        }
        return tree_sum(sums[0]);
    }
};

// The tree sum over [begin, end), at most one chunk, begin divisible by 32. accumulate(partial, j, count)
// returns the lanes with the elements j .. j + count in them; what it does to lanes from `count` on is
// ignored.
template <class Accumulate>
inline float reduce_chunk(int64_t begin, int64_t end, Accumulate accumulate) {
    Partials partials;
    int64_t j = begin;
    for (; j + k_reduce_partials <= end; j += k_reduce_partials) {
        for (int64_t i = 0; i < Partials::k_vectors; ++i) {
            partials.sums[i] = accumulate(partials.sums[i], j + i * k_width, k_width);
        }
    }
    for (int64_t i = 0; i < Partials::k_vectors && j < end; ++i, j += k_width) {
        const int64_t count = min_of(end - j, k_width);
        partials.sums[i] = head_or(accumulate(partials.sums[i], j, count), partials.sums[i], count);
    }
    return partials.tree();
}

// Reduces `count` results of chunks, in place, until one is left.
inline float reduce_levels(float* results, int64_t count) {
    if (count == 0) return 0.0f;
    while (count > 1) {
        const int64_t chunks = ceil_div(count, k_reduce_chunk);
        for (int64_t c = 0; c < chunks; ++c) {
            results[c] = reduce_chunk(
                c * k_reduce_chunk, min_of((c + 1) * k_reduce_chunk, count),
                [=](Vec partial, int64_t j, int64_t n) { return add(partial, load_some(results + j, n)); });
        }
        count = chunks;
    }
    return results[0];
}

// reduce of kernels.h over [0, count) in the calling thread. accumulate as for reduce_chunk; it is called
// once for every element, in increasing order.
template <class Accumulate>
inline float reduce_row(int64_t count, Accumulate accumulate) {
    if (count <= k_reduce_chunk) return reduce_chunk(0, count, accumulate);
    const int64_t chunks = ceil_div(count, k_reduce_chunk);
    float* const results = scratch(Scratch::levels, chunks);
    for (int64_t c = 0; c < chunks; ++c) {
        results[c] = reduce_chunk(c * k_reduce_chunk, min_of((c + 1) * k_reduce_chunk, count), accumulate);
    }
    return reduce_levels(results, chunks);
}

template <class Accumulate>
inline float reduce_array(Executor& executor, int64_t count, Accumulate accumulate) {
    const int64_t chunks = ceil_div(count, k_reduce_chunk);
    float* const results = scratch(Scratch::levels, max_of(chunks, 1));
    const auto run = [=](int64_t begin, int64_t end) {
        for (int64_t c = begin; c < end; ++c) {
            results[c] =
                reduce_chunk(c * k_reduce_chunk, min_of((c + 1) * k_reduce_chunk, count), accumulate);
        }
    };
    executor.parallel_for(chunks, run);
    return reduce_levels(results, chunks);
}

}  // namespace
}  // namespace dure::trainer
