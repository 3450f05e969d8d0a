// Choosing tokens from logits, so that anybody can replay the choice: probabilities by Kernels::softmax,
// everything after that in integers; and the tokens' log-probabilities.
//
// All arguments lie in the program's memory, so the kernels are those of Kernels::host().
//
// Promise: a row's outcome depends on that row and its own parameters alone, never on the rows beside it
// (docs/protocol/arithmetic.md, section 5).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/config.h"

namespace dure::trainer {

inline constexpr std::uint32_t k_max_top_log_probabilities = 20;

struct SamplingParams {
    std::uint32_t max_tokens = 64;
    Float32 temperature{0.8F};  ///< 0: greedy
    std::uint32_t top_k = 0;    ///< only so many of the likeliest tokens; 0: all
    Float32 top_p{0.95F};       ///< the smallest set of likeliest tokens with at least this probability
    std::uint64_t seed = 0;
    std::vector<std::int32_t> stop_tokens{2};  ///< end the answer, and are not part of it

    /// Errors: `out_of_range`, naming the field.
    Status validate() const;
};

/// One row of logits to choose from.
struct Choice {
    const SamplingParams* params = nullptr;
    std::uint64_t position = 0;  ///< the chosen token's, in prompt and answer
};

/// The token of each row. logits [choices, vocab], of which the first `active` columns count; all finite.
/// `scratch` [choices, vocab] is overwritten. Equal probabilities rank by the lower id; greedy takes the
/// lowest id among equals.
void sample_tokens(const Kernels& kernels, std::span<std::int32_t> tokens, const float* logits,
                   std::int64_t vocab, std::int64_t active, std::span<const Choice> choices, float* scratch);

struct TokenScore {
    std::int32_t token = -1;
    float log_probability = 0;  ///< natural, of the model's own distribution: no temperature, no cut

    friend bool operator==(const TokenScore&, const TokenScore&) = default;
};

struct TokenScores {
    TokenScore chosen;
    std::vector<TokenScore> top;  ///< the likeliest first; equal ones by the lower id

    friend bool operator==(const TokenScores&, const TokenScores&) = default;
};

/// The scores of `token` and of the `top` likeliest tokens. logits [vocab], finite. A score is the negated
/// loss that Kernels::cross_entropy gives for that token as the target, bit for bit.
TokenScores score_token(const Kernels& kernels, const float* logits, std::int64_t vocab, std::int64_t active,
                        std::int32_t token, std::uint32_t top);

}  // namespace dure::trainer
