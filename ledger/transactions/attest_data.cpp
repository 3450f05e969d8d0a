#include "ledger/transactions/attest_data.h"

#include <algorithm>

#include "ledger/data/judging.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

Status check(const AttestData& payload) {
    if (payload.answer.tokens > k_max_shard_tokens || payload.answer.score > k_max_shard_score) {
        return Error{ErrorCode::out_of_range, "an answer of " + std::to_string(payload.answer.tokens) +
                                                  " tokens and score " +
                                                  std::to_string(payload.answer.score) + "; at most " +
                                                  std::to_string(k_max_shard_tokens) + " and " +
                                                  std::to_string(k_max_shard_score) + " are possible"};
    }
    return {};
}

Status apply(const AttestData& payload, TransactionContext& context) {
    auto shard = Shards::find(context.state, payload.shard);
    if (!shard) return Error{ErrorCode::not_found, "shard " + payload.shard.hex() + " was never offered"};
    if (shard->status != ShardStatus::scoring)
        return Error{ErrorCode::conflict, "shard " + payload.shard.hex() + " is not being scored now"};
    const auto scorer = std::find_if(shard->committee.begin(), shard->committee.end(),
                                     [&](const Scorer& one) { return one.account == context.sender; });
    if (scorer == shard->committee.end()) {
        return Error{ErrorCode::unauthorized,
                     context.sender.address() + " is not on the committee of shard " + payload.shard.hex()};
    }
    if (scorer->answer)
        return Error{ErrorCode::duplicate, context.sender.address() + " has answered for shard " +
                                               payload.shard.hex() + " already"};
    scorer->answer = payload.answer;
    context.events.push_back(
        DataAttested{.shard = payload.shard, .scorer = context.sender, .answer = payload.answer});
    judge_shard(context.state, payload.shard, std::move(*shard), context.height, context.events);
    return {};
}

}  // namespace dure::ledger
