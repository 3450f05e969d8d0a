#include "ledger/transactions/submit_update.h"

#include "ledger/transactions/live_round.h"

namespace dure::ledger {

Status check(const SubmitUpdate& payload) {
    if (payload.commitment.bytes == 0 || payload.commitment.bytes > k_max_blob_bytes) {
        return Error{ErrorCode::out_of_range, "an update of " + std::to_string(payload.commitment.bytes) +
                                                  " bytes; 1 to " + std::to_string(k_max_blob_bytes) +
                                                  " are possible"};
    }
    return {};
}

Status apply(const SubmitUpdate& payload, TransactionContext& context) {
    DURE_TRY(RoundRecord round, require_live_round(context.state, payload.round, RoundPhase::training));
    const UnitKey key{payload.round, payload.unit};
    DURE_TRY(UnitRecord unit, require_unit(context.state, key));
    if (unit.trainer != context.sender) {
        return Error{ErrorCode::unauthorized,
                     "work unit " + std::to_string(payload.unit) + " belongs to " + unit.trainer.address()};
    }
    if (unit.status != UnitStatus::assigned)
        return Error{ErrorCode::duplicate,
                     "work unit " + std::to_string(payload.unit) + " is submitted already"};
    unit.status = UnitStatus::submitted;
    unit.commitment = payload.commitment;
    unit.submitted = context.height;
    Units::put(context.state, key, unit);
    ++round.submitted;
    Rounds::put(context.state, round.number, round);
    context.events.push_back(UpdateSubmitted{.round = payload.round,
                                             .unit = payload.unit,
                                             .trainer = context.sender,
                                             .update = payload.commitment.update});
    return {};
}

}  // namespace dure::ledger
