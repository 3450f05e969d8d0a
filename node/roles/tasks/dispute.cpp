// Moves in disputes: of the trainer, the challenger and the committee. All of them replay honestly; who cheated
// loses to what that gives.
#include "ledger/records/dispute.h"

#include "node/roles/tasks/perform.h"
#include "node/roles/tasks/replayed.h"
#include "trainer/rounds/arrays.h"
#include "trainer/rounds/replay.h"
#include "trainer/rounds/update.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

Answer move_of(const ledger::AssignedUnit& unit, ledger::DisputeMove move, std::string summary = {}) {
    return {ledger::DisputeUpdate{unit.round, unit.unit, std::move(move)}, std::move(summary), 0};
}

/// This node's state after so many steps; zeros if nothing follows from what was served.
asio::awaitable<Result<Hash>> own_state(const WorkTools& tools, const ledger::AssignedUnit& unit,
                                        std::uint32_t step, std::shared_ptr<Cancelled> cancelled) {
    const ledger::SegmentPlan plan = ledger::chain_info(tools.state).unit;
    const std::uint32_t segment = (step - 1) / plan.segment_steps;
    auto states = co_await segment_steps(tools, unit, segment, cancelled);
    if (!states) co_return states.error();
    if (!*states) co_return Hash{};
    co_return (**states)[step - 1 - plan.step_at(segment)];
}

/// Replays to the step, and keeps the state there as blobs.
struct Shown {
    std::optional<StateRoots> roots;          ///< of the state, if it is finite,
    std::optional<ledger::ShowNotFinite> at;  ///< else where it ceased to be
};

asio::awaitable<Result<Answer>> serve(const WorkTools& tools, const ledger::DisputeTurn& turn,
                                      std::shared_ptr<Cancelled> cancelled) {
    const ledger::AssignedUnit& unit = turn.unit;
    Result<PreparedUnit> prepared = co_await prepare(tools, unit);
    if (!prepared) co_return prepared.error();
    auto job = [prepared = std::move(*prepared), low = turn.dispute.low, &blobs = tools.blobs](
                   const trainer::Kernels& kernels, const Cancelled& stop) -> Result<Shown> {
        const auto go_on = [&stop](const trainer::UnitProgress&) { return !stop.load(); };
        const trainer::WorkUnit task = prepared.work_unit();
        Shown shown;
        Status keeping;
        const auto see = [&](const trainer::TrainingState& state) {
            if (state.step != low || !keeping) return;
            StateRoots roots;
            for (const auto& [name, array] : {std::pair(&roots.parameters, &state.parameters),
                                              std::pair(&roots.first_moment, &state.first_moment),
                                              std::pair(&roots.second_moment, &state.second_moment)}) {
                const Result<Hash> stored = blobs.put_now(trainer::array_bytes(*array));
                if (!stored) {
                    keeping = stored.error();
                    return;
                }
                *name = *stored;
            }
            shown.roots = roots;
        };
        DURE_TRY(const std::vector<Hash> states,
                 trainer::replay_steps(kernels, task, trainer::ReplayStart::base(), 0, low, go_on, see));
        DURE_CHECK(keeping);
        if (shown.roots) return shown;
        Hash before = trainer::start_state(*prepared.base).hash();
        for (std::uint32_t step = 1; step <= low; ++step) {
            if (states[step - 1] == not_finite_state(step, before)) {
                shown.at = ledger::ShowNotFinite{step, before};
                break;
            }
            before = states[step - 1];
        }
        return shown;
    };
    Result<Shown> shown =
        co_await tools.workshop.run(urgency_of(unit.deadline, Rank::merge), cancelled, std::move(job));
    if (!shown) co_return shown.error();
    if (shown->roots) co_return move_of(unit, ledger::ServeStart{*shown->roots});
    if (shown->at) co_return move_of(unit, *shown->at);
    co_return Error{ErrorCode::internal, "there is no state to serve"};
}

/// What the disputed step gives; zeros if its start is no state.
asio::awaitable<Result<Hash>> replay_step(const WorkTools& tools, const ledger::DisputeTurn& turn,
                                          std::shared_ptr<Cancelled> cancelled) {
    const ledger::DisputeRecord& dispute = turn.dispute;
    Result<PreparedUnit> prepared = co_await prepare(tools, turn.unit);
    if (!prepared) co_return prepared.error();
    std::optional<trainer::TrainingState> start;
    if (dispute.low > 0) {
        auto fetched = co_await fetch_state(tools, prepared->base->config, dispute.start, dispute.low);
        if (!fetched) co_return fetched.error();
        if (!*fetched) co_return Hash{};
        start = std::move(**fetched);
    }
    auto job = [prepared = std::move(*prepared), start = std::move(start), low = dispute.low](
                   const trainer::Kernels& kernels, const Cancelled& stop) -> Result<Hash> {
        const auto go_on = [&stop](const trainer::UnitProgress&) { return !stop.load(); };
        const trainer::ReplayStart begin =
            start ? trainer::ReplayStart{&*start, start->hash()} : trainer::ReplayStart::base();
        DURE_TRY(const std::vector<Hash> states,
                 trainer::replay_steps(kernels, prepared.work_unit(), begin, low, low + 1, go_on));
        return states.front();
    };
    co_return co_await tools.workshop.run(urgency_of(turn.unit.deadline, Rank::replay), cancelled,
                                          std::move(job));
}

/// The name of the update that the unit's last state gives; zeros if it is no state.
asio::awaitable<Result<Hash>> requantize(const WorkTools& tools, const ledger::DisputeTurn& turn,
                                         std::shared_ptr<Cancelled> cancelled) {
    Result<Library::CheckpointPtr> base = co_await tools.library.checkpoint(turn.unit.base);
    if (!base) co_return base.error();
    const std::uint64_t count = (*base)->parameters.size();
    Result<Bytes> bytes = co_await tools.blobs.fetch(turn.dispute.start.parameters, count * sizeof(float));
    if (!bytes && bytes.error().code == ErrorCode::out_of_range) co_return Hash{};
    if (!bytes) co_return bytes.error();
    auto job = [base = *base, train = tools.library.train(), bytes = std::move(*bytes), count](
                   const trainer::Kernels&, const Cancelled&) -> Result<Hash> {
        const auto last = trainer::decode_array(bytes, count, "parameter");
        if (!last) return Hash{};
        return blob_hash(trainer::Update::quantize(base->parameters, *last, train.quant_block).encode());
    };
    co_return co_await tools.workshop.run(urgency_of(turn.unit.deadline, Rank::replay), cancelled,
                                          std::move(job));
}

std::string verdict_note(const ledger::DisputeTurn& turn) {
    return "verdict-" + std::to_string(turn.unit.unit) + "-" + std::to_string(turn.dispute.task) + "-" +
           std::to_string(turn.dispute.redraws);
}

/// What this juror found. In the last third of its time it no longer waits for blobs: they could not be had.
asio::awaitable<Result<Hash>> verdict(const WorkTools& tools, const ledger::DisputeTurn& turn,
                                      std::shared_ptr<Cancelled> cancelled) {
    if (auto found = tools.notebook.find<Hash>(turn.unit.round, verdict_note(turn))) co_return *found;
    const std::uint64_t now = ledger::head(tools.state).height.value;
    const std::uint64_t patience = ledger::parameters(tools.state).dispute_blocks / 3;
    const bool is_late = now + patience >= turn.dispute.deadline.value;
    Result<Hash> found = Hash{};
    if (turn.dispute.kind == ledger::DisputeKind::quantization) {
        found = co_await requantize(tools, turn, cancelled);
    } else {
        found = co_await replay_step(tools, turn, cancelled);
    }
    if (!found && found.error().code == ErrorCode::unavailable && is_late && !cancelled->load())
        found = Hash{};
    if (found) tools.notebook.write(turn.unit.round, verdict_note(turn), *found);
    co_return found;
}

Hash salt_of(const WorkTools& tools, const ledger::DisputeTurn& turn) {
    return tools.secrets.salt("verdict", turn.unit.round, turn.unit.unit,
                              turn.dispute.task << 8 | turn.dispute.redraws);
}

}  // namespace

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, DisputeDuty duty,
                                        std::shared_ptr<Cancelled> cancelled) {
    const ledger::DisputeTurn& turn = duty.turn;
    const ledger::DisputeRecord& dispute = turn.dispute;
    switch (dispute.stage) {
        case ledger::DisputeStage::bisecting:
        case ledger::DisputeStage::answering: {
            Result<Hash> own = co_await own_state(tools, turn.unit, dispute.middle_step(), cancelled);
            if (!own) co_return own.error();
            if (dispute.stage == ledger::DisputeStage::bisecting)
                co_return move_of(turn.unit, ledger::ShowMiddle{*own});
            co_return move_of(turn.unit, ledger::AnswerMiddle{*own == dispute.middle});
        }
        case ledger::DisputeStage::serving:
            co_return co_await serve(tools, turn, cancelled);
        case ledger::DisputeStage::deciding:
        case ledger::DisputeStage::opening: {
            Result<Hash> found = co_await verdict(tools, turn, cancelled);
            if (!found) co_return found.error();
            const Hash salt = salt_of(tools, turn);
            if (dispute.stage == ledger::DisputeStage::opening)
                co_return move_of(turn.unit, ledger::VerdictOpening{*found, salt});
            const Hash commitment = ledger::verdict_commitment(tools.account, turn.unit.round, turn.unit.unit,
                                                               dispute.task, *found, salt);
            co_return move_of(turn.unit, ledger::Commit{commitment},
                              *found == dispute.high_state ? "the trainer is right" : "the trainer is wrong");
        }
        case ledger::DisputeStage::unopened:
        case ledger::DisputeStage::drawing:
        case ledger::DisputeStage::closed:
            break;
    }
    co_return Error{ErrorCode::conflict, "the dispute does not wait for anybody"};
}

}  // namespace dure::node
