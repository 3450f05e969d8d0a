#include "ledger/transactions/audit_update.h"

#include "ledger/transactions/live_round.h"

namespace dure::ledger {

Status check(const AuditUpdate&) {
    return {};
}

Status apply(const AuditUpdate& payload, TransactionContext& context) {
    DURE_TRY(RoundRecord round, require_live_round(context.state, payload.round, RoundPhase::auditing));
    const UnitKey key{payload.round, payload.unit};
    DURE_TRY(UnitRecord unit, require_unit(context.state, key));
    if (unit.auditor != context.sender) {
        return Error{
            ErrorCode::unauthorized,
            context.sender.address() + " was not drawn to audit work unit " + std::to_string(payload.unit)};
    }
    if (unit.status != UnitStatus::submitted)
        return Error{ErrorCode::duplicate,
                     "work unit " + std::to_string(payload.unit) + " is judged already"};
    const bool is_same = payload.replayed == unit.commitment->update;
    unit.replayed = payload.replayed;
    unit.answered = context.height;
    unit.status = is_same ? UnitStatus::accepted : UnitStatus::rejected;
    Units::put(context.state, key, unit);
    --round.unanswered;
    if (is_same) ++round.accepted;
    Rounds::put(context.state, round.number, round);
    context.events.push_back(UnitJudged{.round = payload.round, .unit = payload.unit, .status = unit.status});
    return {};
}

}  // namespace dure::ledger
