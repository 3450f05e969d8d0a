#include "tools/dure/inference_check.h"

#include <algorithm>

#include "node/roles/inference_replay.h"

namespace dure::tools {

namespace {

std::optional<FirstDifference> first_difference(const ledger::AnswerTokens& stated,
                                                const std::vector<ledger::AnswerChoice>& replayed) {
    for (std::size_t choice = 0; choice < std::max(stated.choices.size(), replayed.size()); ++choice) {
        static const std::vector<std::uint32_t> nothing;
        const auto& theirs = choice < stated.choices.size() ? stated.choices[choice] : nothing;
        const auto& ours = choice < replayed.size() ? replayed[choice].tokens : nothing;
        for (std::size_t i = 0; i < std::max(theirs.size(), ours.size()); ++i) {
            const auto a = i < theirs.size() ? std::optional(theirs[i]) : std::nullopt;
            const auto b = i < ours.size() ? std::optional(ours[i]) : std::nullopt;
            if (a != b) return FirstDifference{choice, i, a, b};
        }
    }
    return std::nullopt;
}

}  // namespace

Result<InferenceCheck> check_inference(const trainer::Kernels& kernels, const trainer::Checkpoint& checkpoint,
                                       const trainer::Tokenizer& tokenizer,
                                       const ledger::InferenceReceipt& receipt,
                                       const ledger::InferenceRequest& request,
                                       const std::optional<ledger::AnswerTokens>& answer,
                                       const std::function<bool()>& go_on) {
    DURE_CHECK(receipt.check_request(request));
    InferenceCheck check;
    const ledger::InferenceOutcome& stated = receipt.statement.outcome;
    if (!receipt.is_signed()) check.fault = "the signature is not the server's";
    if (receipt.contradicts_itself(request)) check.fault = "the token counts contradict each other";
    auto replayed = node::replay_request(kernels, checkpoint, tokenizer, request, stated.ends, go_on);
    if (!replayed && replayed.error().code == ErrorCode::unavailable) return replayed.error();
    if (!replayed) {
        check.fault = "the model cannot answer this request: " + replayed.error().message;
        return check;
    }
    check.replayed = std::move(*replayed);
    check.same = ledger::InferenceOutcome::of(check.replayed) == stated;
    if (!check.same && answer && answer->hash() == stated.output)
        check.first = first_difference(*answer, check.replayed);
    return check;
}

}  // namespace dure::tools
