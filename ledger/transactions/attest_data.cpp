#include "ledger/transactions/attest_data.h"

#include <algorithm>

#include "ledger/records/tables.h"

namespace dure::ledger {

Status check(const AttestData& payload) {
    const auto* open = std::get_if<OpenAnswer>(&payload.step);
    if (open == nullptr) return {};
    const ShardAnswer& answer = open->answer;
    if (answer.tokens > k_max_shard_tokens || answer.text_bytes > k_max_shard_tokens ||
        answer.score > k_max_shard_score) {
        return Error{ErrorCode::out_of_range,
                     "an answer of " + std::to_string(answer.tokens) + " tokens, " +
                         std::to_string(answer.text_bytes) + " bytes of text and score " +
                         std::to_string(answer.score) + "; at most " + std::to_string(k_max_shard_tokens) +
                         ", as many, and " + std::to_string(k_max_shard_score) + " are possible"};
    }
    return {};
}

namespace {

Status commit(const CommitAnswer& step, const AttestData& payload, const JudgingRecord& judging,
              Scorer& scorer) {
    if (judging.phase != JudgingPhase::committing)
        return Error{ErrorCode::conflict, "shard " + payload.shard.hex() + " is not being scored now"};
    if (scorer.commitment)
        return Error{ErrorCode::duplicate, scorer.account.address() +
                                               " has committed to an answer for shard " +
                                               payload.shard.hex() + " already"};
    scorer.commitment = step.commitment;
    return {};
}

Status open(const OpenAnswer& step, const AttestData& payload, const JudgingRecord& judging, Scorer& scorer) {
    if (judging.phase != JudgingPhase::opening) {
        return Error{ErrorCode::conflict, "answers for shard " + payload.shard.hex() +
                                              " are opened when all scorers have committed to theirs"};
    }
    if (scorer.answer)
        return Error{ErrorCode::duplicate, scorer.account.address() + " has answered for shard " +
                                               payload.shard.hex() + " already"};
    if (scorer.commitment != answer_commitment(scorer.account, payload.shard, step.answer, step.salt)) {
        return Error{ErrorCode::invalid, "this is not the answer for shard " + payload.shard.hex() +
                                             " that " + scorer.account.address() + " committed to"};
    }
    scorer.answer = step.answer;
    return {};
}

}  // namespace

Status apply(const AttestData& payload, TransactionContext& context) {
    const auto shard = Shards::find(context.state, payload.shard);
    if (!shard) return Error{ErrorCode::not_found, "shard " + payload.shard.hex() + " was never shown"};
    auto judging = Judgings::find(context.state, shard->offer);
    if (!judging)
        return Error{ErrorCode::conflict, "shard " + payload.shard.hex() + " is not being scored now"};
    const auto scorer = std::find_if(judging->committee.begin(), judging->committee.end(),
                                     [&](const Scorer& one) { return one.account == context.sender; });
    if (scorer == judging->committee.end()) {
        return Error{ErrorCode::unauthorized,
                     context.sender.address() + " is not on the committee of shard " + payload.shard.hex()};
    }
    DataAttested event{.shard = payload.shard, .scorer = context.sender, .answer = std::nullopt};
    if (const auto* opened = std::get_if<OpenAnswer>(&payload.step)) {
        DURE_CHECK(open(*opened, payload, *judging, *scorer));
        event.answer = opened->answer;
    } else {
        DURE_CHECK(commit(std::get<CommitAnswer>(payload.step), payload, *judging, *scorer));
    }
    Judgings::put(context.state, shard->offer, *judging);
    context.events.push_back(event);
    return {};
}

}  // namespace dure::ledger
