#include "ledger/records/inference_receipt.h"

namespace dure::ledger {

namespace {

struct StopRule {
    BoundedList<std::uint32_t, k_max_request_stop_tokens> tokens;
    BoundedList<BoundedString<k_max_stop_text_bytes>, k_max_request_stops> texts;

    static constexpr auto fields() { return std::tuple(&StopRule::tokens, &StopRule::texts); }
};

struct ChoiceTexts {
    BoundedList<BoundedString<k_max_answer_text_bytes>, k_max_answer_choices> choices;

    static constexpr auto fields() { return std::tuple(&ChoiceTexts::choices); }
};

}  // namespace

const char* name_of(AnswerEnd end) {
    switch (end) {
        case AnswerEnd::stop:
            return "stop";
        case AnswerEnd::length:
            return "length";
        case AnswerEnd::cut:
            return "cut";
    }
    return "unknown";
}

Hash InferenceRequest::prompt_hash() const {
    static const TaggedHash hash("dure/inference-prompt");
    return hash(encode(prompt));
}

SamplingRule InferenceRequest::sampling() const {
    static const TaggedHash hash("dure/inference-stops");
    return {.choices = choices,
            .max_tokens = max_tokens,
            .temperature = temperature,
            .top_k = top_k,
            .top_p = top_p,
            .seed = seed,
            .stops = hash.of(StopRule{stop_tokens, stops})};
}

Hash AnswerTokens::hash() const {
    static const TaggedHash hash("dure/inference-output");
    return hash.of(*this);
}

InferenceOutcome InferenceOutcome::of(const std::vector<AnswerChoice>& choices) {
    static const TaggedHash text_hash("dure/inference-text");
    InferenceOutcome outcome;
    AnswerTokens tokens;
    ChoiceTexts texts;
    for (const AnswerChoice& choice : choices) {
        outcome.ends.push_back({static_cast<std::uint32_t>(choice.tokens.size()), choice.end});
        tokens.choices.emplace_back(choice.tokens);
        texts.choices.emplace_back(choice.text);
    }
    outcome.output = tokens.hash();
    outcome.text = text_hash.of(texts);
    return outcome;
}

Hash InferenceOutcome::hash() const {
    static const TaggedHash hash("dure/inference-outcome");
    return hash.of(*this);
}

Hash InferenceStatement::id() const {
    static const TaggedHash hash("dure/inference-receipt");
    return hash.of(*this);
}

Hash InferenceStatement::request() const {
    static const TaggedHash hash("dure/inference-request");
    return hash({prompt.bytes, encode(sampling)});
}

bool InferenceReceipt::is_signed() const {
    return verify(statement.server, statement.id().bytes, signature);
}

Status InferenceReceipt::check_request(const InferenceRequest& request) const {
    if (request.prompt_hash() == statement.prompt && request.sampling() == statement.sampling) return {};
    return Error{ErrorCode::invalid,
                 "this is not the request that the receipt is about, " + statement.request().hex()};
}

bool InferenceReceipt::contradicts_itself(const InferenceRequest& request) const {
    const std::uint64_t choices = request.choices;
    if (choices == 0 || statement.outcome.ends.size() != choices) return true;
    std::uint64_t output = 0;
    for (const ChoiceEnd& end : statement.outcome.ends) {
        if (end.tokens > request.max_tokens) return true;
        output += end.tokens;
    }
    return statement.output_tokens != output || statement.input_tokens != request.prompt.size() * choices;
}

}  // namespace dure::ledger
