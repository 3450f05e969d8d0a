// What somebody asks a server for, whether that can be done, and what it costs: all that is known of a call before anything
// is paid or computed. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/money.h"
#include "base/result.h"
#include "node/roles/channel_book.h"
#include "node/roles/chat_prompt.h"
#include "node/roles/payment_desk.h"
#include "trainer/inference/answer_engine.h"
#include "trainer/inference/sampling.h"

namespace dure::node {

inline constexpr std::uint32_t k_max_choices = 8;
/// A streamed answer begins when its prompt and so many tokens are covered, and its cover grows by so many.
inline constexpr std::uint64_t k_cover_tokens = 32;

struct Call {
    std::string prompt;
    std::vector<ChatTurn> turns;  ///< instead of a prompt: the model's template makes it of them
    trainer::SamplingParams params;
    std::vector<std::string> stops;
    std::optional<std::uint32_t> log_probabilities;  ///< as in trainer::EngineRequest
    std::uint32_t choices = 1;  ///< answers with the seeds params.seed, + 1, ..; each is paid with its prompt
    bool streamed = false;      ///< may begin before it is covered whole
    std::variant<std::monostate, Voucher, PaidCall> payment;
};

struct CallBounds {
    std::uint32_t max_tokens = 0;  ///< of an answer; what a call gets that names none
    std::size_t max_prompt_bytes = 0;
};

/// Fills in what the call leaves open. Errors: `out_of_range`, naming the parameter and its range.
Status check_call(Call& call, const CallBounds& bounds);

struct CallPrice {
    Coin input_token;
    Coin output_token;
    Coin cost_start;  ///< covered, the call may begin
    Coin cost_max;    ///< of the whole call
};

struct CallTerms {
    CallPrice price;
    std::uint64_t prompt_tokens = 0;  ///< of all choices

    /// What the call costs with an answer of so many tokens; never more than the whole call.
    Coin cost_of(std::uint64_t output_tokens) const;
};

/// For a checked call whose prompt has so many tokens, where prompt and answer have `room` together; the answer is shortened
/// to that. Errors: `out_of_range`: no room is left, or it costs more coins than there are.
Result<CallTerms> terms_of(Call& call, std::size_t prompt_tokens, std::uint32_t room, Coin input_price,
                           Coin output_price);

/// One request for each choice.
std::vector<trainer::AnswerRequest> requests_of(const Call& call, const trainer::Tokens& prompt);

}  // namespace dure::node
