#include "node/roles/tasks/perform.h"
#include "node/roles/tasks/shared.h"
#include "trainer/rounds/judge.h"

namespace dure::node {

namespace asio = boost::asio;

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, ScoreDuty duty,
                                        std::shared_ptr<Cancelled> cancelled) {
    const ledger::ShardRecord& record = duty.shard.record;
    Result<Library::TokensPtr> tokens = co_await tools.library.offered(duty.shard.hash, record.bytes);
    const std::optional<std::uint64_t> size = tools.blobs.have(duty.shard.hash);
    const bool unusable = (!tokens && (tokens.error().code == ErrorCode::invalid ||
                                       tokens.error().code == ErrorCode::out_of_range)) ||
                          (size && *size != record.bytes);
    if (unusable) {
        co_return Answer{ledger::AttestData{duty.shard.hash, {}}, "not the text that was offered", 0};
    }
    if (!tokens) co_return tokens.error();
    Result<Library::CheckpointPtr> checkpoint = co_await tools.library.checkpoint(record.scored_against);
    if (!checkpoint) co_return checkpoint.error();
    Result<Library::TokensPtr> held_out = co_await tools.library.held_out();
    if (!held_out) co_return held_out.error();
    auto job = [tokens = *tokens, checkpoint = *checkpoint, held_out = *held_out,
                train = tools.library.train()](const trainer::Kernels& kernels,
                                               const Cancelled&) -> Result<ledger::ShardAnswer> {
        DURE_TRY(const std::uint64_t score,
                 trainer::score_shard(kernels, *checkpoint, train, *tokens, *held_out));
        return ledger::ShardAnswer{trainer::token_ids_hash(*tokens), tokens->size(),
                                   std::min(score, ledger::k_max_shard_score)};
    };
    Result<ledger::ShardAnswer> answer =
        co_await tools.workshop.run(urgency_of(record.deadline, Rank::score), cancelled, std::move(job));
    if (!answer) co_return answer.error();
    co_return Answer{ledger::AttestData{duty.shard.hash, *answer},
                     std::to_string(answer->tokens) + " tokens, score " + std::to_string(answer->score), 0};
}

}  // namespace dure::node
