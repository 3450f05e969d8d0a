#include "node/roles/tasks/perform.h"
#include "node/roles/tasks/shared.h"
#include "trainer/growth/grow.h"
#include "trainer/growth/probe.h"
#include "trainer/rounds/judge.h"
#include "trainer/rounds/merge.h"
#include "trainer/rounds/norm.h"
#include "trainer/rounds/update.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

/// Into what a round's result is grown before it is attested, if it is.
struct Growth {
    std::optional<trainer::ModelConfig> shape;
    std::uint64_t seed = 0;
};

/// The probe is the hold-out's first window: who computes other logits than before does not attest.
Result<trainer::Checkpoint> grown(const trainer::Kernels& kernels, trainer::Checkpoint merged,
                                  const Growth& growth, const trainer::TrainConfig& train,
                                  const trainer::Tokens& held_out) {
    if (!growth.shape) return merged;
    DURE_TRY(trainer::Checkpoint larger, trainer::grow(merged, *growth.shape, growth.seed));
    const std::size_t length = std::min<std::size_t>(held_out.size(), train.sequence);
    DURE_CHECK(trainer::check_same_logits(kernels, merged, larger, std::span(held_out).first(length)));
    return larger;
}

struct Merged {
    std::shared_ptr<const trainer::Checkpoint> checkpoint;
    std::shared_ptr<const Bytes> bytes;
    ledger::CheckpointAttestation said;
};

/// The round's accepted updates by their units' numbers.
using NumberedUpdates = std::vector<std::pair<std::uint32_t, Bytes>>;

Result<Merged> merge_now(const trainer::Kernels& kernels, const trainer::Checkpoint& base,
                         const trainer::TrainConfig& train, const trainer::Tokens& held_out,
                         const NumberedUpdates& updates, const Growth& growth) {
    Merged merged;
    std::vector<trainer::Update> decoded;
    for (const auto& [unit, bytes] : updates) {
        DURE_TRY(trainer::Update update,
                 trainer::Update::decode(bytes, base.parameters.size(), train.quant_block));
        if (!update.is_null() && !trainer::check_norm(train, trainer::norm_squared(kernels, update))) {
            merged.said.refused.push_back(unit);
        } else {
            decoded.push_back(std::move(update));
        }
    }
    DURE_TRY(trainer::Checkpoint sum, trainer::merge(kernels, base, train, decoded));
    DURE_TRY(trainer::Checkpoint next, grown(kernels, std::move(sum), growth, train, held_out));
    DURE_TRY(merged.said.held_out_loss, trainer::held_out_loss(kernels, next, train, held_out));
    merged.bytes = std::make_shared<const Bytes>(next.encode());
    merged.said.root = next.root();
    merged.checkpoint = std::make_shared<const trainer::Checkpoint>(std::move(next));
    return merged;
}

/// What the round's accepted updates give, from the notebook if it was merged already.
asio::awaitable<Result<ledger::CheckpointAttestation>> merged(const WorkTools& tools,
                                                              ledger::RoundRecord round,
                                                              std::shared_ptr<Cancelled> cancelled) {
    if (auto said = tools.notebook.find<ledger::CheckpointAttestation>(round.number, "attestation"))
        co_return std::move(*said);
    const std::vector<ledger::UnitView> units = ledger::accepted_units(tools.state, round.number);
    Result<Library::CheckpointPtr> base = co_await tools.library.checkpoint(round.base);
    if (!base) co_return base.error();
    Result<Library::TokensPtr> held_out = co_await tools.library.held_out();
    if (!held_out) co_return held_out.error();
    Growth growth;
    if (round.grows_to) {
        const Result<trainer::ModelConfig> shape = tools.library.shape_of(*round.grows_to);
        if (!shape) co_return shape.error();
        growth = {*shape, tools.library.growth_seed()};
    }
    NumberedUpdates updates;
    for (const ledger::UnitView& unit : units) {
        if (!unit.record.revealed) co_return Error{ErrorCode::internal, "an accepted unit has no update"};
        Result<Bytes> bytes =
            co_await tools.blobs.fetch(unit.record.revealed->update, unit.record.revealed->bytes);
        if (!bytes) co_return with_context(bytes.error(), "update of unit " + std::to_string(unit.number));
        updates.emplace_back(unit.number, std::move(*bytes));
    }
    auto job = [base = *base, held_out = *held_out, train = tools.library.train(),
                updates = std::move(updates), growth](const trainer::Kernels& kernels, const Cancelled&) {
        return merge_now(kernels, *base, train, *held_out, updates, growth);
    };
    Result<Merged> result =
        co_await tools.workshop.run(urgency_of(round.deadline, Rank::merge), cancelled, std::move(job));
    if (!result) co_return result.error();
    const Result<Hash> stored = co_await tools.blobs.put(result->bytes);
    if (!stored) co_return stored.error();
    result->said.blob = *stored;
    tools.library.keep(*stored, result->checkpoint);
    tools.notebook.write(round.number, "attestation", result->said);
    co_return std::move(result->said);
}

}  // namespace

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, AttestDuty duty,
                                        std::shared_ptr<Cancelled> cancelled) {
    Result<ledger::CheckpointAttestation> said = co_await merged(tools, duty.round, cancelled);
    if (!said) co_return said.error();
    const protocol::Round round = duty.round.number;
    const Hash commitment =
        ledger::attestation_commitment(tools.account, round, *said, tools.secrets.salt("attestation", round));
    co_return Answer{ledger::AttestCheckpoint{round, ledger::Commit{commitment}},
                     std::to_string(duty.round.accepted) + " updates, held-out loss " +
                         nats(duty.round.base.held_out_loss) + " to " + nats(said->held_out_loss) + " nats" +
                         (duty.round.grows_to ? ", grown" : ""),
                     0};
}

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, OpenAttestationDuty duty,
                                        std::shared_ptr<Cancelled> cancelled) {
    Result<ledger::CheckpointAttestation> said = co_await merged(tools, duty.round, cancelled);
    if (!said) co_return said.error();
    const protocol::Round round = duty.round.number;
    co_return Answer{
        ledger::AttestCheckpoint{
            round, ledger::AttestationOpening{std::move(*said), tools.secrets.salt("attestation", round)}},
        {},
        0};
}

}  // namespace dure::node
