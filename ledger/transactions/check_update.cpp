#include "ledger/transactions/check_update.h"

#include "ledger/transactions/live_round.h"

namespace dure::ledger {

Status check(const CheckUpdate&) {
    return {};
}

Status apply(const CheckUpdate& payload, TransactionContext& context) {
    DURE_TRY(RoundRecord round, require_live_round(context.state, payload.round, RoundPhase::checking));
    const UnitKey key{payload.round, payload.unit};
    DURE_TRY(UnitRecord unit, require_unit(context.state, key, UnitStatus::revealed));
    if (unit.audits.front().auditor != context.sender) {
        return Error{ErrorCode::unauthorized, "the first auditor of work unit " +
                                                  std::to_string(payload.unit) + " checks it, not " +
                                                  context.sender.address()};
    }
    if (unit.checked)
        return Error{ErrorCode::duplicate,
                     "work unit " + std::to_string(payload.unit) + " is checked already"};
    unit.checked = payload.same;
    Units::put(context.state, key, unit);
    count_move(context.state, round);
    context.events.push_back(
        UpdateChecked{.round = payload.round, .unit = payload.unit, .same = payload.same});
    return {};
}

}  // namespace dure::ledger
