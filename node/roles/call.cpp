#include "node/roles/call.h"

#include <algorithm>

#include "trainer/inference/answer_text.h"

namespace dure::node {

namespace {

std::optional<Coin> priced(std::uint64_t input_tokens, std::uint64_t output_tokens, const CallPrice& price) {
    const Uint128 cost = static_cast<Uint128>(input_tokens) * price.input_token.value +
                         static_cast<Uint128>(output_tokens) * price.output_token.value;
    if (cost > k_max_supply) return std::nullopt;
    return Coin{static_cast<std::uint64_t>(cost)};
}

}  // namespace

Status check_call(Call& call, const CallBounds& bounds) {
    if (call.prompt.size() > bounds.max_prompt_bytes) {
        return Error{ErrorCode::out_of_range, "the prompt has " + std::to_string(call.prompt.size()) +
                                                  " bytes; at most " +
                                                  std::to_string(bounds.max_prompt_bytes) + " are taken"};
    }
    if (call.params.max_tokens == 0) call.params.max_tokens = bounds.max_tokens;
    if (call.params.max_tokens > bounds.max_tokens) {
        return Error{ErrorCode::out_of_range, "max_tokens is " + std::to_string(call.params.max_tokens) +
                                                  "; it may be 1 to " + std::to_string(bounds.max_tokens) +
                                                  " on this server"};
    }
    if (call.choices == 0 || call.choices > k_max_choices) {
        return Error{ErrorCode::out_of_range, "n is " + std::to_string(call.choices) + "; it may be 1 to " +
                                                  std::to_string(k_max_choices)};
    }
    call.params.stop_tokens = {trainer::k_end_token};
    DURE_CHECK(call.params.validate());
    DURE_CHECK(trainer::check_stop_strings(call.stops));
    if (call.log_probabilities.value_or(0) > trainer::k_max_top_log_probabilities) {
        return Error{ErrorCode::out_of_range,
                     "logprobs may be up to " + std::to_string(trainer::k_max_top_log_probabilities)};
    }
    return {};
}

Coin CallTerms::cost_of(std::uint64_t output_tokens) const {
    return std::min(priced(prompt_tokens, output_tokens, price).value_or(price.cost_max), price.cost_max);
}

Result<CallTerms> terms_of(Call& call, std::size_t prompt_tokens, std::uint32_t room, Coin input_price,
                           Coin output_price) {
    if (prompt_tokens >= room) {
        return Error{ErrorCode::out_of_range, "the prompt has " + std::to_string(prompt_tokens) +
                                                  " tokens; prompt and answer together have room for " +
                                                  std::to_string(room)};
    }
    call.params.max_tokens =
        std::min(call.params.max_tokens, room - static_cast<std::uint32_t>(prompt_tokens));
    CallTerms terms{{input_price, output_price, {}, {}}, prompt_tokens * call.choices};
    const std::uint64_t most = std::uint64_t{call.params.max_tokens} * call.choices;
    const std::uint64_t first = call.streamed ? std::min(most, k_cover_tokens * call.choices) : most;
    const auto cost_max = priced(terms.prompt_tokens, most, terms.price);
    if (!cost_max)
        return Error{ErrorCode::out_of_range, "this call would cost more than all coins there are"};
    terms.price.cost_max = *cost_max;
    terms.price.cost_start = terms.cost_of(first);
    return terms;
}

std::vector<trainer::AnswerRequest> requests_of(const Call& call, const trainer::Tokens& prompt) {
    std::vector<trainer::AnswerRequest> requests;
    for (std::uint32_t choice = 0; choice < call.choices; ++choice) {
        requests.push_back({{prompt, call.params, call.log_probabilities}, call.stops});
        requests.back().tokens.params.seed += choice;
    }
    return requests;
}

}  // namespace dure::node
