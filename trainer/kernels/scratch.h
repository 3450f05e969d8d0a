// Working memory of the fast operators: each thread keeps one growing buffer per purpose, so that an operator
// does not ask the system for fresh pages at every call. Contents do not survive from one use to the next.
#pragma once

#include <cstdint>

namespace dure::trainer {

enum class Scratch : uint8_t {
    packed_a,
    packed_b,
    partial,
    keys,
    values,
    probabilities,
    gradients,
    key_sums,
    value_sums,
    levels,
    count
};

// At least `count` floats, aligned to 64 bytes, valid until the calling thread asks for the same purpose
// again.
float* scratch(Scratch purpose, int64_t count);

}  // namespace dure::trainer
