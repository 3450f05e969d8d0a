#include "node/roles/tasks/perform.h"
#include "node/roles/tasks/shared.h"
#include "trainer/growth/grow.h"
#include "trainer/growth/probe.h"
#include "trainer/rounds/judge.h"
#include "trainer/rounds/merge.h"
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
    Hash root;
    std::uint64_t held_out_loss = 0;
};

}  // namespace

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, AttestDuty duty,
                                        std::shared_ptr<Cancelled> cancelled) {
    const std::vector<ledger::UnitView> units = ledger::accepted_units(tools.state, duty.round.number);
    Result<Library::CheckpointPtr> base = co_await tools.library.checkpoint(duty.round.base);
    if (!base) co_return base.error();
    Result<Library::TokensPtr> held_out = co_await tools.library.held_out();
    if (!held_out) co_return held_out.error();
    Growth growth;
    if (duty.round.grows_to) {
        const Result<trainer::ModelConfig> shape = tools.library.shape_of(*duty.round.grows_to);
        if (!shape) co_return shape.error();
        growth = {*shape, tools.library.growth_seed()};
    }
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
                updates = std::move(updates),
                growth](const trainer::Kernels& kernels, const Cancelled&) -> Result<Merged> {
        std::vector<trainer::Update> decoded;
        for (const Bytes& bytes : updates) {
            DURE_TRY(trainer::Update update,
                     trainer::Update::decode(bytes, base->parameters.size(), train.quant_block));
            decoded.push_back(std::move(update));
        }
        DURE_TRY(trainer::Checkpoint sum, trainer::merge(kernels, *base, train, decoded));
        DURE_TRY(trainer::Checkpoint next, grown(kernels, std::move(sum), growth, train, *held_out));
        DURE_TRY(const std::uint64_t loss, trainer::held_out_loss(kernels, next, train, *held_out));
        Merged merged;
        merged.bytes = std::make_shared<const Bytes>(next.encode());
        merged.root = next.root();
        merged.held_out_loss = loss;
        merged.checkpoint = std::make_shared<const trainer::Checkpoint>(std::move(next));
        return merged;
    };
    Result<Merged> merged =
        co_await tools.workshop.run(urgency_of(duty.round.deadline, Rank::merge), cancelled, std::move(job));
    if (!merged) co_return merged.error();
    const Result<Hash> stored = co_await tools.blobs.put(merged->bytes);
    if (!stored) co_return stored.error();
    tools.library.keep(*stored, merged->checkpoint);
    co_return Answer{
        ledger::AttestCheckpoint{duty.round.number, {merged->root, *stored, merged->held_out_loss}},
        std::to_string(units.size()) + " updates, held-out loss " + nats(duty.round.base.held_out_loss) +
            " to " + nats(merged->held_out_loss) + " nats" +
            (growth.shape ? ", grown to " + std::to_string(growth.shape->parameter_count()) + " parameters"
                          : std::string()),
        0};
}

}  // namespace dure::node
