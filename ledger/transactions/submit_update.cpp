#include "ledger/transactions/submit_update.h"

#include "ledger/transactions/live_round.h"

namespace dure::ledger {

Status check(const SubmitUpdate&) {
    return {};
}

Status apply(const SubmitUpdate& payload, TransactionContext& context) {
    DURE_TRY(RoundRecord round, require_live_round(context.state, payload.round, RoundPhase::training));
    const UnitKey key{payload.round, payload.unit};
    DURE_TRY(UnitRecord unit, require_own_unit(context.state, key, UnitStatus::assigned, context.sender));
    const ChainRecord chain = ChainInfo::get(context.state);
    const std::uint64_t tokens = payload.commitment.tokens;
    if (tokens > chain.unit_tokens() || tokens % chain.step_tokens() != 0) {
        return Error{ErrorCode::out_of_range, std::to_string(tokens) + " tokens; a work unit has " +
                                                  std::to_string(chain.unit_tokens()) + " in steps of " +
                                                  std::to_string(chain.step_tokens())};
    }
    unit.status = UnitStatus::submitted;
    unit.commitment = payload.commitment;
    unit.submitted = context.height;
    Units::put(context.state, key, unit);
    ++round.submitted;
    Rounds::put(context.state, round.number, round);
    context.events.push_back(
        UpdateSubmitted{.round = payload.round, .unit = payload.unit, .trainer = context.sender});
    return {};
}

}  // namespace dure::ledger
