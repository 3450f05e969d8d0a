// What a server signs about an answer: the request, the checkpoint that answered, the outcome and its price. The arithmetic
// is the same everywhere, so whoever has the request and the checkpoint can say whether the receipt is true.
//
// Promises: total, bounded decoders; one request and one outcome have one hash each (docs/protocol/inference-receipts.md).
// Not here: replaying (node/roles/inference_replay.h), judging (ledger/serving/receipt_cases.h).
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"
#include "base/result.h"

namespace dure::ledger {

inline constexpr std::size_t k_max_request_tokens =
    12'288;  ///< of a prompt: a request fits into a transaction
inline constexpr std::size_t k_max_answer_tokens = std::size_t{1} << 20;
inline constexpr std::size_t k_max_answer_choices = 8;
inline constexpr std::size_t k_max_request_stop_tokens = 64;
inline constexpr std::size_t k_max_request_stops = 16;
inline constexpr std::size_t k_max_stop_text_bytes = 256;
inline constexpr std::size_t k_max_answer_text_bytes = std::size_t{1} << 24;

/// How tokens are chosen. Of fp32 numbers the bits.
struct SamplingRule {
    std::uint32_t choices = 1;  ///< answers, with the seeds seed, seed + 1, ..
    std::uint32_t max_tokens = 0;
    std::uint32_t temperature = 0;
    std::uint32_t top_k = 0;
    std::uint32_t top_p = 0;
    std::uint64_t seed = 0;
    Hash stops;  ///< of the stop tokens and stop strings

    static constexpr auto fields() {
        using T = SamplingRule;
        return std::tuple(&T::choices, &T::max_tokens, &T::temperature, &T::top_k, &T::top_p, &T::seed,
                          &T::stops);
    }
    friend bool operator==(const SamplingRule&, const SamplingRule&) = default;
};

/// All that an answer is a function of, beside the checkpoint: what is replayed.
struct InferenceRequest {
    BoundedList<std::uint32_t, k_max_request_tokens> prompt;
    std::uint32_t choices = 1;
    std::uint32_t max_tokens = 0;
    std::uint32_t temperature = 0;
    std::uint32_t top_k = 0;
    std::uint32_t top_p = 0;
    std::uint64_t seed = 0;
    BoundedList<std::uint32_t, k_max_request_stop_tokens> stop_tokens;
    BoundedList<BoundedString<k_max_stop_text_bytes>, k_max_request_stops> stops;

    static constexpr auto fields() {
        using T = InferenceRequest;
        return std::tuple(&T::prompt, &T::choices, &T::max_tokens, &T::temperature, &T::top_k, &T::top_p,
                          &T::seed, &T::stop_tokens, &T::stops);
    }
    friend bool operator==(const InferenceRequest&, const InferenceRequest&) = default;

    /// H("dure/inference-prompt", prompt).
    Hash prompt_hash() const;
    SamplingRule sampling() const;
};

enum class AnswerEnd : std::uint8_t {
    stop,    ///< a stop token or stop string came
    length,  ///< as long as it may be
    cut,     ///< the server ended it before, and says how long it is: the payment's cover ran out
};
constexpr AnswerEnd last_enumerator(AnswerEnd) {
    return AnswerEnd::cut;
}
const char* name_of(AnswerEnd end);

struct ChoiceEnd {
    std::uint32_t tokens = 0;  ///< without the stop token, with those that spelled a stop string
    AnswerEnd end = AnswerEnd::stop;

    static constexpr auto fields() { return std::tuple(&ChoiceEnd::tokens, &ChoiceEnd::end); }
    friend bool operator==(const ChoiceEnd&, const ChoiceEnd&) = default;
};
using ChoiceEnds = BoundedList<ChoiceEnd, k_max_answer_choices>;

/// The tokens of an answer's choices.
struct AnswerTokens {
    BoundedList<BoundedList<std::uint32_t, k_max_answer_tokens>, k_max_answer_choices> choices;

    static constexpr auto fields() { return std::tuple(&AnswerTokens::choices); }
    friend bool operator==(const AnswerTokens&, const AnswerTokens&) = default;

    /// H("dure/inference-output", tokens).
    Hash hash() const;
};

/// One of an answer's choices.
struct AnswerChoice {
    std::vector<std::uint32_t> tokens;
    std::string text;  ///< as it was given out
    AnswerEnd end = AnswerEnd::stop;

    friend bool operator==(const AnswerChoice&, const AnswerChoice&) = default;
};

/// What came out, as a receipt names it.
struct InferenceOutcome {
    ChoiceEnds ends;
    Hash output;  ///< AnswerTokens::hash
    Hash text;    ///< H("dure/inference-text", the choices' texts)

    static constexpr auto fields() {
        using T = InferenceOutcome;
        return std::tuple(&T::ends, &T::output, &T::text);
    }
    friend bool operator==(const InferenceOutcome&, const InferenceOutcome&) = default;

    static InferenceOutcome of(const std::vector<AnswerChoice>& choices);
    /// H("dure/inference-outcome", outcome): what a juror commits to.
    Hash hash() const;
};

struct InferenceStatement {
    Hash chain_id;
    Account server;
    Account payer;
    Hash payment;  ///< the channel, or the transaction that paid
    Hash prompt;   ///< InferenceRequest::prompt_hash
    SamplingRule sampling;
    protocol::Round round;  ///< that made the checkpoint
    Hash checkpoint;        ///< its root
    InferenceOutcome outcome;
    std::uint64_t input_tokens = 0;   ///< the prompt's, once for each choice
    std::uint64_t output_tokens = 0;  ///< all choices'
    Coin cost;
    Coin spent;               ///< on the channel, with this answer
    protocol::Height height;  ///< final where the answer ended

    static constexpr auto fields() {
        using T = InferenceStatement;
        return std::tuple(&T::chain_id, &T::server, &T::payer, &T::payment, &T::prompt, &T::sampling,
                          &T::round, &T::checkpoint, &T::outcome, &T::input_tokens, &T::output_tokens,
                          &T::cost, &T::spent, &T::height);
    }
    friend bool operator==(const InferenceStatement&, const InferenceStatement&) = default;

    /// H("dure/inference-receipt", statement): the receipt's name, and what the server signs.
    Hash id() const;
    /// H("dure/inference-request", prompt ‖ sampling).
    Hash request() const;
};

struct InferenceReceipt {
    InferenceStatement statement;
    Signature signature;

    static constexpr auto fields() {
        return std::tuple(&InferenceReceipt::statement, &InferenceReceipt::signature);
    }
    friend bool operator==(const InferenceReceipt&, const InferenceReceipt&) = default;

    Hash id() const { return statement.id(); }
    bool is_signed() const;
    /// Errors: `invalid`, unless this is the request that the receipt is about.
    Status check_request(const InferenceRequest& request) const;
    /// Whether its numbers contradict each other: then it is false whatever a replay gives.
    bool contradicts_itself(const InferenceRequest& request) const;
};

}  // namespace dure::ledger
