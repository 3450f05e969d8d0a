// Choosing a token from logits, so that anybody can replay the choice: probabilities by Kernels::softmax,
// everything after that in integers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/config.h"

namespace dure::trainer {

struct SamplingParams {
    std::uint32_t max_tokens = 64;
    Float32 temperature{0.8F};  ///< 0: greedy
    Float32 top_p{0.95F};       ///< the smallest set of likeliest tokens with at least this probability
    std::uint64_t seed = 0;
    std::vector<std::int32_t> stop_tokens{2};  ///< end the answer, and are not part of it

    /// Errors: `out_of_range`, naming the field.
    Status validate() const;
};

/// The token for absolute position `position`. logits [V], of which the first `active` count; `scratch` [V]
/// is overwritten. Equal probabilities rank by the lower id; greedy takes the lowest id among equals.
std::int32_t sample_token(const Kernels& kernels, std::span<const float> logits, std::int64_t active,
                          const SamplingParams& params, std::uint64_t position, std::span<float> scratch);

}  // namespace dure::trainer
