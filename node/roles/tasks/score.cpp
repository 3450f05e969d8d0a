#include "node/roles/tasks/perform.h"
#include "node/roles/tasks/shared.h"
#include "trainer/rounds/judge.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

/// The windows that the loss is taken over, in order.
asio::awaitable<Result<std::vector<std::int32_t>>> score_windows(
    const WorkTools& tools, const ledger::JudgingRecord& judging,
    const std::map<Hash, ledger::ShardRecord>& peers) {
    Result<Library::TokensPtr> held_out = co_await tools.library.held_out();
    if (!held_out) co_return held_out.error();
    const std::size_t length = tools.library.train().window_tokens();
    std::vector<std::int32_t> windows;
    windows.reserve(judging.windows.size() * length);
    for (const ledger::ScoreWindow& window : judging.windows) {
        Library::TokensPtr tokens = *held_out;
        if (window.shard) {
            const ledger::ShardRecord& peer = peers.at(*window.shard);
            Result<Library::TokensPtr> text =
                co_await tools.library.shard(*window.shard, peer.kind, peer.answer.token_ids_hash);
            if (!text) co_return text.error();
            tokens = *text;
        }
        const Status added = append_window(windows, *tokens, window.first_token, length);
        if (!added) co_return with_context(added.error(), "scoring's text");
    }
    co_return windows;
}

/// What this shard is and is worth: everybody finds the same.
asio::awaitable<Result<ledger::ShardAnswer>> answer_for(const WorkTools& tools, ledger::ShardView shard,
                                                        std::shared_ptr<Cancelled> cancelled) {
    const ledger::JudgingRecord& judging = *shard.judging;
    if (const auto known = tools.library.find_answer(judging.seed)) co_return *known;
    std::map<Hash, ledger::ShardRecord> peers;
    for (const ledger::ScoreWindow& window : judging.windows) {
        if (window.shard && !peers.contains(*window.shard))
            peers.emplace(*window.shard, ledger::shard(tools.state, *window.shard)->record);
    }
    Result<Library::ShardText> text =
        co_await tools.library.shown(shard.hash, shard.record.kind, shard.record.bytes);
    const std::optional<std::uint64_t> size = tools.blobs.have(shard.hash);
    const bool unusable = (!text && (text.error().code == ErrorCode::invalid ||
                                     text.error().code == ErrorCode::out_of_range)) ||
                          (size && *size != shard.record.bytes);
    if (unusable) {
        tools.library.keep_answer(judging.seed, {});
        co_return ledger::ShardAnswer{};
    }
    if (!text) co_return text.error();
    Result<std::vector<std::int32_t>> windows = co_await score_windows(tools, judging, peers);
    if (!windows) co_return windows.error();
    Result<Library::CheckpointPtr> checkpoint = co_await tools.library.checkpoint(judging.scored_against);
    if (!checkpoint) co_return checkpoint.error();
    auto job = [tokens = text->tokens, bytes = text->bytes, sketch = text->sketch, checkpoint = *checkpoint,
                seed = judging.seed, windows = std::move(*windows), train = tools.library.train()](
                   const trainer::Kernels& kernels, const Cancelled&) -> Result<ledger::ShardAnswer> {
        DURE_TRY(const std::uint64_t score,
                 trainer::score_shard(kernels, *checkpoint, train, *tokens, seed, windows));
        return ledger::ShardAnswer{.token_ids_hash = trainer::token_ids_hash(*tokens),
                                   .tokens = tokens->size(),
                                   .text_bytes = bytes,
                                   .score = std::min(score, ledger::k_max_shard_score),
                                   .sketch_hash = ledger::sketch_hash(sketch)};
    };
    Result<ledger::ShardAnswer> answer =
        co_await tools.workshop.run(urgency_of(judging.deadline, Rank::score), cancelled, std::move(job));
    if (answer) tools.library.keep_answer(judging.seed, *answer);
    co_return answer;
}

}  // namespace

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, ScoreDuty duty,
                                        std::shared_ptr<Cancelled> cancelled) {
    const ledger::JudgingRecord& judging = *duty.shard.judging;
    const Result<ledger::ShardAnswer> answer = co_await answer_for(tools, duty.shard, cancelled);
    if (!answer) co_return answer.error();
    const Hash salt = tools.secrets.of_answer(judging.shard, judging.seed, judging.second);
    const Hash commitment = ledger::answer_commitment(tools.secrets.account(), judging.shard, *answer, salt);
    co_return Answer{ledger::AttestData{judging.shard, ledger::CommitAnswer{commitment}},
                     answer->tokens == 0
                         ? "not the text that was shown"
                         : std::to_string(answer->tokens) + " tokens, score " + std::to_string(answer->score),
                     0};
}

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, OpenScoreDuty duty,
                                        std::shared_ptr<Cancelled> cancelled) {
    const ledger::JudgingRecord& judging = *duty.shard.judging;
    const Result<ledger::ShardAnswer> answer = co_await answer_for(tools, duty.shard, cancelled);
    if (!answer) co_return answer.error();
    const Hash salt = tools.secrets.of_answer(judging.shard, judging.seed, judging.second);
    co_return Answer{ledger::AttestData{judging.shard, ledger::OpenAnswer{*answer, salt}}, {}, 0};
}

}  // namespace dure::node
