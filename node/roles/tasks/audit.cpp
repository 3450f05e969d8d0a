// The auditor's part of a round: replays, commits and opens; and the holder's.
#include <algorithm>
#include <array>

#include "node/roles/tasks/perform.h"
#include "node/roles/tasks/replayed.h"
#include "trainer/rounds/quantization.h"
#include "trainer/rounds/replay.h"
#include "trainer/rounds/update.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

Hash salt_of(const WorkTools& tools, const ledger::AssignedAudit& audit) {
    return tools.secrets.salt("audit", audit.unit.round, audit.unit.unit, audit.task);
}

std::optional<StateRoots> start_of(const ledger::AssignedAudit& audit) {
    const std::uint32_t first = audit.unit.record.audits[audit.task].first;
    for (const ledger::ServedState& served : audit.unit.record.starts) {
        if (served.boundary == first) return served.roots;
    }
    return std::nullopt;
}

/// What a replay of the task's segments gives, from the notebook if it was done already.
asio::awaitable<Result<ledger::AuditAnswer>> audited(const WorkTools& tools, ledger::AssignedAudit audit,
                                                     std::shared_ptr<Cancelled> cancelled) {
    const std::string name = "audit-" + std::to_string(audit.unit.unit) + "-" + std::to_string(audit.task);
    if (auto answer = tools.notebook.find<ledger::AuditAnswer>(audit.unit.round, name))
        co_return std::move(*answer);
    const ledger::AuditTask task = audit.unit.record.audits[audit.task];
    const bool whole = audit.unit.record.audited_whole;
    const std::uint32_t start_step = ledger::chain_info(tools.state).unit.step_at(task.first);
    Result<PreparedUnit> prepared = co_await prepare(tools, audit.unit);
    if (!prepared) co_return prepared.error();
    ledger::AuditAnswer answer;
    std::optional<trainer::TrainingState> start;
    if (const auto roots = start_of(audit)) {
        auto fetched = co_await fetch_state(tools, prepared->base->config, *roots, start_step);
        if (!fetched) co_return fetched.error();
        if (!*fetched) {
            // Nothing can be replayed from this: no state of the trainer's follows from it.
            answer.states.assign(task.count, Hash{});
            tools.notebook.write(audit.unit.round, name, answer);
            co_return answer;
        }
        start = std::move(**fetched);
    }
    auto job = [prepared = std::move(*prepared), start = std::move(start), task](
                   const trainer::Kernels& kernels, const Cancelled& stop) {
        const auto go_on = [&stop](const trainer::UnitProgress&) { return !stop.load(); };
        const trainer::ReplayStart begin =
            start ? trainer::ReplayStart{&*start, start->hash()} : trainer::ReplayStart::base();
        return trainer::replay_segments(kernels, prepared.work_unit(), begin, task.first, task.count, go_on);
    };
    Result<trainer::SegmentReplay> replay =
        co_await tools.workshop.run(urgency_of(audit.unit.deadline, Rank::replay), cancelled, std::move(job));
    if (!replay) co_return replay.error();
    answer.states.assign(replay->states.begin(), replay->states.end());
    if (whole) {
        answer.update = replay->update_hash;
        // The replay's bytes are the update's: whoever audited can serve it too.
        if (audit.unit.record.revealed && audit.unit.record.revealed->update == replay->update_hash) {
            const auto update = std::make_shared<const Bytes>(std::move(replay->update));
            const Result<Hash> stored = co_await tools.blobs.put(update);
            if (!stored) co_return stored.error();
        }
    }
    tools.notebook.write(audit.unit.round, name, answer);
    co_return answer;
}

std::string segments_of(const ledger::AuditTask& task) {
    const std::string first = "segment " + std::to_string(task.first);
    return task.count == 1 ? first : first + " to " + std::to_string(task.first + task.count - 1);
}

}  // namespace

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, AuditDuty duty,
                                        std::shared_ptr<Cancelled> cancelled) {
    const ledger::AssignedUnit& unit = duty.audit.unit;
    Result<ledger::AuditAnswer> answer = co_await audited(tools, duty.audit, cancelled);
    if (!answer) co_return answer.error();
    const Hash commitment = ledger::audit_commitment(tools.account, unit.round, unit.unit, duty.audit.task,
                                                     *answer, salt_of(tools, duty.audit));
    co_return Answer{ledger::AuditUpdate{unit.round, unit.unit, duty.audit.task, ledger::Commit{commitment}},
                     "replayed " + segments_of(unit.record.audits[duty.audit.task]), 0};
}

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, OpenAuditDuty duty,
                                        std::shared_ptr<Cancelled> cancelled) {
    const ledger::AssignedUnit& unit = duty.audit.unit;
    Result<ledger::AuditAnswer> answer = co_await audited(tools, duty.audit, cancelled);
    if (!answer) co_return answer.error();
    co_return Answer{
        ledger::AuditUpdate{unit.round, unit.unit, duty.audit.task,
                            ledger::AuditOpening{std::move(*answer), salt_of(tools, duty.audit)}},
        {},
        0};
}

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, HoldDuty duty, std::shared_ptr<Cancelled>) {
    const ledger::RevealedUpdate update = *duty.unit.record.revealed;
    Result<Bytes> bytes = co_await tools.blobs.fetch(update.update, update.bytes);
    if (!bytes) co_return bytes.error();
    if (bytes->size() != update.bytes) {
        co_return Error{ErrorCode::invalid, "the update has " + std::to_string(bytes->size()) +
                                                " bytes, not " + std::to_string(update.bytes)};
    }
    const Result<trainer::ModelConfig> shape = tools.library.shape_of(duty.unit.base.generation);
    if (!shape) co_return shape.error();
    const std::uint64_t most = shape->parameter_count() * sizeof(float);
    for (const ledger::ServedState& start : duty.unit.record.starts) {
        const std::array<Hash, 3> names{start.roots.parameters, start.roots.first_moment,
                                        start.roots.second_moment};
        for (const Hash& name : names) {
            Result<Bytes> array = co_await tools.blobs.fetch(name, most);
            if (!array) co_return array.error();
        }
    }
    co_return Answer{ledger::AttestBlob{duty.unit.round, duty.unit.unit}, {}, 0};
}

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, CheckDuty duty,
                                        std::shared_ptr<Cancelled> cancelled) {
    const ledger::RevealedUpdate update = *duty.unit.record.revealed;
    const Hash last = duty.unit.record.opened->last.parameters;
    Result<Library::CheckpointPtr> base = co_await tools.library.checkpoint(duty.unit.base);
    if (!base) co_return base.error();
    const std::uint64_t bytes_needed = (*base)->parameters.size() * sizeof(float);
    Result<Bytes> update_bytes = co_await tools.blobs.fetch(update.update, update.bytes);
    if (!update_bytes) co_return update_bytes.error();
    Result<Bytes> parameters = co_await tools.blobs.fetch(last, bytes_needed);
    const bool is_too_large = !parameters && parameters.error().code == ErrorCode::out_of_range;
    if (!parameters && !is_too_large) co_return parameters.error();
    const ledger::CheckUpdate differs{duty.unit.round, duty.unit.unit, false};
    if (is_too_large || parameters->size() != bytes_needed)
        co_return Answer{differs, "the last state is not of this model", 0};
    auto job = [base = *base, train = tools.library.train(), encoded = std::move(*update_bytes),
                last_parameters = std::move(*parameters)](const trainer::Kernels&,
                                                          const Cancelled&) -> Result<bool> {
        const auto decoded = trainer::Update::decode(encoded, base->parameters.size(), train.quant_block);
        if (!decoded || decoded->is_null()) return false;
        return trainer::check_quantization(base->parameters, *decoded, trainer::all_chunks(last_parameters));
    };
    Result<bool> same =
        co_await tools.workshop.run(urgency_of(duty.unit.deadline, Rank::replay), cancelled, std::move(job));
    if (!same) co_return same.error();
    co_return Answer{ledger::CheckUpdate{duty.unit.round, duty.unit.unit, *same},
                     *same ? "" : "the update is not what the last state gives", 0};
}

}  // namespace dure::node
