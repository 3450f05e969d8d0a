#include "ledger/transactions/audit_update.h"

#include "ledger/transactions/live_round.h"

namespace dure::ledger {

namespace {

/// Errors: `not_found`, `unauthorized`.
Result<AuditTask*> require_own_task(UnitRecord& unit, const AuditUpdate& payload, const Account& sender) {
    if (payload.task >= unit.audits.size()) {
        return Error{ErrorCode::not_found, "work unit " + std::to_string(payload.unit) + " has " +
                                               std::to_string(unit.audits.size()) + " audits; there is no " +
                                               std::to_string(payload.task)};
    }
    AuditTask& task = unit.audits[payload.task];
    if (task.auditor != sender) {
        return Error{ErrorCode::unauthorized,
                     sender.address() + " was not drawn to audit work unit " + std::to_string(payload.unit)};
    }
    return &task;
}

Status commit(const AuditUpdate& payload, const Commit& move, TransactionContext& context) {
    DURE_TRY(RoundRecord round, require_live_round(context.state, payload.round, RoundPhase::auditing));
    const UnitKey key{payload.round, payload.unit};
    DURE_TRY(UnitRecord unit, require_unit(context.state, key, UnitStatus::revealed));
    DURE_TRY(AuditTask* const task, require_own_task(unit, payload, context.sender));
    if (task->commitment)
        return Error{ErrorCode::duplicate, context.sender.address() + " has committed to this audit already"};
    task->commitment = move.commitment;
    Units::put(context.state, key, unit);
    count_move(context.state, round);
    context.events.push_back(AuditCommitted{
        .round = payload.round, .unit = payload.unit, .task = payload.task, .auditor = context.sender});
    return {};
}

Status open(const AuditUpdate& payload, const AuditOpening& move, TransactionContext& context) {
    DURE_TRY(RoundRecord round, require_live_round(context.state, payload.round, RoundPhase::opening));
    const UnitKey key{payload.round, payload.unit};
    DURE_TRY(UnitRecord unit, require_unit(context.state, key, UnitStatus::revealed));
    DURE_TRY(AuditTask* const task, require_own_task(unit, payload, context.sender));
    if (task->answer)
        return Error{ErrorCode::duplicate, context.sender.address() + " has opened this audit already"};
    if (audit_commitment(context.sender, payload.round, payload.unit, payload.task, move.answer, move.salt) !=
        task->commitment) {
        return Error{ErrorCode::invalid, "this answer is not what " + context.sender.address() +
                                             " committed to for work unit " + std::to_string(payload.unit)};
    }
    if (move.answer.states.size() != task->count || move.answer.update.has_value() != unit.audited_whole) {
        return Error{ErrorCode::invalid, "an answer to this audit names " + std::to_string(task->count) +
                                             " states" + (unit.audited_whole ? " and an update" : "")};
    }
    task->answer = move.answer;
    Units::put(context.state, key, unit);
    count_move(context.state, round);
    context.events.push_back(AuditOpened{
        .round = payload.round, .unit = payload.unit, .task = payload.task, .auditor = context.sender});
    return {};
}

}  // namespace

Status check(const AuditUpdate&) {
    return {};
}

Status apply(const AuditUpdate& payload, TransactionContext& context) {
    if (const auto* move = std::get_if<Commit>(&payload.move)) return commit(payload, *move, context);
    return open(payload, std::get<AuditOpening>(payload.move), context);
}

}  // namespace dure::ledger
