#include "node/roles/tasks.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "ledger/views.h"
#include "trainer/rounds/judge.h"
#include "trainer/rounds/merge.h"
#include "trainer/rounds/update.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

/// What a unit trains on, as the state names it.
struct UnitPlan {
    std::vector<ledger::Window> windows;
    std::map<Hash, Hash> token_ids_hashes;  ///< of each shard in them
};

Result<UnitPlan> plan_of(const ledger::StateReader& state, const ledger::AssignedUnit& unit) {
    const auto round = ledger::round(state, unit.round);
    if (!round) return Error{ErrorCode::not_found, "round " + to_text(unit.round) + " is not in the state"};
    UnitPlan plan{ledger::windows_of_unit(state, round->record, unit.unit), {}};
    for (const ledger::Window& window : plan.windows) {
        if (plan.token_ids_hashes.contains(window.shard)) continue;
        const auto shard = ledger::shard(state, window.shard);
        if (!shard)
            return Error{ErrorCode::not_found, "shard " + window.shard.hex() + " is not in the state"};
        plan.token_ids_hashes.emplace(window.shard, shard->record.answer.token_ids_hash);
    }
    return plan;
}

/// What comes first on the worker: deadlines decide, and at one deadline replaying before training.
std::uint64_t urgency_of(protocol::Height deadline, std::uint64_t rank) {
    return deadline.value * 4 + rank;
}

std::string nats(std::uint64_t micro) {
    const std::string fraction = std::to_string(micro % 1'000'000);
    return std::to_string(micro / 1'000'000) + "." + std::string(6 - fraction.size(), '0') + fraction;
}

asio::awaitable<Result<trainer::UnitResult>> train(const WorkTools& tools, ledger::AssignedUnit unit,
                                                   UnitTrainer train_unit, std::uint64_t rank,
                                                   std::shared_ptr<Cancelled> cancelled) {
    Result<UnitPlan> plan = plan_of(tools.chain.state(), unit);
    if (!plan) co_return plan.error();
    Result<Library::CheckpointPtr> base = co_await tools.library.checkpoint(unit.base);
    if (!base) co_return base.error();
    std::map<Hash, Library::TokensPtr> texts;
    for (const auto& [shard, token_ids_hash] : plan->token_ids_hashes) {
        Result<Library::TokensPtr> tokens = co_await tools.library.shard(shard, token_ids_hash);
        if (!tokens) co_return tokens.error();
        texts.emplace(shard, *tokens);
    }
    const std::size_t length = tools.library.train().window_tokens();
    std::vector<std::int32_t> windows;
    windows.reserve(plan->windows.size() * length);
    for (const ledger::Window& window : plan->windows) {
        const trainer::Tokens& tokens = *texts.at(window.shard);
        if (window.first_token + length > tokens.size()) {
            co_return Error{ErrorCode::invalid,
                            "a window of shard " + window.shard.hex() + " lies beyond its end"};
        }
        const auto begin = tokens.begin() + static_cast<std::ptrdiff_t>(window.first_token);
        windows.insert(windows.end(), begin, begin + static_cast<std::ptrdiff_t>(length));
    }
    auto job = [base = *base, train = tools.library.train(), seed = unit.seed, windows = std::move(windows),
                train_unit = std::move(train_unit)](const trainer::Kernels& kernels, const Cancelled& stop) {
        const trainer::WorkUnit task{base.get(), train, seed, windows};
        return train_unit(kernels, task, [&stop](const trainer::UnitProgress&) { return !stop.load(); });
    };
    co_return co_await tools.workshop.run(urgency_of(unit.deadline, rank), cancelled, std::move(job));
}

asio::awaitable<Result<Answer>> do_train(const WorkTools& tools, TrainDuty duty,
                                         std::shared_ptr<Cancelled> cancelled) {
    Result<trainer::UnitResult> result = co_await train(tools, duty.unit, tools.hooks.train, 2, cancelled);
    if (!result) co_return result.error();
    const std::uint64_t bytes = result->update.size();
    const auto update = std::make_shared<const Bytes>(std::move(result->update));
    const Result<Hash> stored = co_await tools.blobs.put(update);
    if (!stored) co_return stored.error();
    const ledger::UpdateCommitment commitment{
        *stored, bytes, result->segment_root, result->tokens, result->loss_first, result->loss_last};
    co_return Answer{ledger::SubmitUpdate{duty.unit.round, duty.unit.unit, commitment},
                     "loss " + nats(result->loss_first) + " to " + nats(result->loss_last) + " nats over " +
                         std::to_string(result->tokens) + " tokens",
                     result->tokens};
}

asio::awaitable<Result<Answer>> do_audit(const WorkTools& tools, AuditDuty duty,
                                         std::shared_ptr<Cancelled> cancelled) {
    const UnitTrainer replay = trainer::train_unit;
    Result<trainer::UnitResult> result = co_await train(tools, duty.unit, replay, 1, cancelled);
    if (!result) co_return result.error();
    const Hash replayed = result->update_hash;
    const bool same = duty.unit.record.commitment && duty.unit.record.commitment->update == replayed;
    // The replay's bytes are the update's: whoever audited can serve it too.
    if (same) {
        const auto update = std::make_shared<const Bytes>(std::move(result->update));
        const Result<Hash> stored = co_await tools.blobs.put(update);
        if (!stored) co_return stored.error();
    }
    co_return Answer{
        ledger::AuditUpdate{duty.unit.round, duty.unit.unit, replayed},
        same ? "the replay gives the same update" : "the replay gives another update than its trainer's", 0};
}

asio::awaitable<Result<Answer>> do_score(const WorkTools& tools, ScoreDuty duty,
                                         std::shared_ptr<Cancelled> cancelled) {
    const ledger::ShardRecord& record = duty.shard.record;
    Result<Library::TokensPtr> tokens = co_await tools.library.offered(duty.shard.hash, record.bytes);
    const Result<std::uint64_t> size = tools.blobs.store().size(duty.shard.hash);
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
        co_await tools.workshop.run(urgency_of(record.deadline, 1), cancelled, std::move(job));
    if (!answer) co_return answer.error();
    co_return Answer{ledger::AttestData{duty.shard.hash, *answer},
                     std::to_string(answer->tokens) + " tokens, score " + std::to_string(answer->score), 0};
}

struct Merged {
    std::shared_ptr<const trainer::Checkpoint> checkpoint;
    std::shared_ptr<const Bytes> bytes;
    Hash root;
    std::uint64_t held_out_loss = 0;
};

asio::awaitable<Result<Answer>> do_attest(const WorkTools& tools, AttestDuty duty,
                                          std::shared_ptr<Cancelled> cancelled) {
    const std::vector<ledger::UnitView> units =
        ledger::accepted_units(tools.chain.state(), duty.round.number);
    Result<Library::CheckpointPtr> base = co_await tools.library.checkpoint(duty.round.base);
    if (!base) co_return base.error();
    Result<Library::TokensPtr> held_out = co_await tools.library.held_out();
    if (!held_out) co_return held_out.error();
    std::vector<Bytes> updates;
    for (const ledger::UnitView& unit : units) {
        if (!unit.record.commitment)
            co_return Error{ErrorCode::internal, "an accepted unit has no commitment"};
        Result<Bytes> bytes =
            co_await tools.blobs.fetch(unit.record.commitment->update, unit.record.commitment->bytes);
        if (!bytes) co_return with_context(bytes.error(), "update of unit " + std::to_string(unit.number));
        updates.push_back(std::move(*bytes));
    }
    auto job = [base = *base, held_out = *held_out, train = tools.library.train(),
                updates = std::move(updates)](const trainer::Kernels& kernels,
                                              const Cancelled&) -> Result<Merged> {
        std::vector<trainer::Update> decoded;
        for (const Bytes& bytes : updates) {
            DURE_TRY(trainer::Update update,
                     trainer::Update::decode(bytes, base->parameters.size(), train.quant_block));
            decoded.push_back(std::move(update));
        }
        DURE_TRY(trainer::Checkpoint next, trainer::merge(kernels, *base, train, decoded));
        DURE_TRY(const std::uint64_t loss, trainer::held_out_loss(kernels, next, train, *held_out));
        Merged merged;
        merged.bytes = std::make_shared<const Bytes>(next.encode());
        merged.root = next.root();
        merged.held_out_loss = loss;
        merged.checkpoint = std::make_shared<const trainer::Checkpoint>(std::move(next));
        return merged;
    };
    Result<Merged> merged =
        co_await tools.workshop.run(urgency_of(duty.round.deadline, 0), cancelled, std::move(job));
    if (!merged) co_return merged.error();
    const Result<Hash> stored = co_await tools.blobs.put(merged->bytes);
    if (!stored) co_return stored.error();
    tools.library.keep(*stored, merged->checkpoint);
    co_return Answer{
        ledger::AttestCheckpoint{duty.round.number, {merged->root, *stored, merged->held_out_loss}},
        std::to_string(units.size()) + " updates, held-out loss " + nats(duty.round.base.held_out_loss) +
            " to " + nats(merged->held_out_loss) + " nats",
        0};
}

}  // namespace

asio::awaitable<Result<Answer>> work(const WorkTools& tools, Duty duty,
                                     std::shared_ptr<Cancelled> cancelled) {
    if (const auto* join = std::get_if<JoinDuty>(&duty))
        co_return Answer{ledger::JoinRound{join->round, join->units}, {}, 0};
    if (const auto* train_duty = std::get_if<TrainDuty>(&duty))
        co_return co_await do_train(tools, *train_duty, cancelled);
    if (const auto* audit = std::get_if<AuditDuty>(&duty))
        co_return co_await do_audit(tools, *audit, cancelled);
    if (const auto* score = std::get_if<ScoreDuty>(&duty))
        co_return co_await do_score(tools, *score, cancelled);
    co_return co_await do_attest(tools, std::get<AttestDuty>(duty), cancelled);
}

}  // namespace dure::node
