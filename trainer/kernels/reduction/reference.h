// `reduce` of kernels.h in plain loops.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "trainer/kernels/kernels.h"

namespace dure::trainer::reference {

// One chunk of a reduction: accumulate(partial, j) returns the partial with element j in it.
template <class Accumulate>
float reduce_chunk(int64_t begin, int64_t end, Accumulate accumulate) {
    float partials[k_reduce_partials] = {};
    for (int64_t j = begin; j < end; ++j) {
        float& partial = partials[j % k_reduce_partials];
        partial = accumulate(partial, j);
    }
    for (int64_t half = k_reduce_partials / 2; half > 0; half /= 2) {
        for (int64_t i = 0; i < half; ++i)
            partials[i] = partials[i] + partials[i + half];
    }
    return partials[0];
}

// reduce of kernels.h, for any number of chunks.
template <class Accumulate>
float reduce(int64_t count, Accumulate accumulate) {
    std::vector<float> level;
    for (int64_t begin = 0; begin < count; begin += k_reduce_chunk) {
        level.push_back(reduce_chunk(begin, std::min(begin + k_reduce_chunk, count), accumulate));
    }
    while (level.size() > 1) {
        std::vector<float> next;
        const int64_t size = static_cast<int64_t>(level.size());
        for (int64_t begin = 0; begin < size; begin += k_reduce_chunk) {
            next.push_back(reduce_chunk(
                begin, std::min(begin + k_reduce_chunk, size),
                [&](float partial, int64_t j) { return partial + level[static_cast<size_t>(j)]; }));
        }
        level = std::move(next);
    }
    return level.empty() ? 0.0f : level[0];
}

}  // namespace dure::trainer::reference
