#include "ledger/transactions/dispute_update.h"

#include "ledger/draws/jury.h"
#include "ledger/records/tables.h"
#include "ledger/rounds/disputes.h"

namespace dure::ledger {

namespace {

/// The dispute that a move belongs to.
struct Turn {
    UnitKey key;
    DisputeRecord dispute;
    TransactionContext& context;

    Status require_stage(DisputeStage stage) const {
        if (dispute.stage == stage) return {};
        return Error{ErrorCode::conflict, "the dispute about work unit " + std::to_string(key.unit) + " is " +
                                              name_of(dispute.stage) + ", not " + name_of(stage)};
    }
    Status require_sender(const Account& account) const {
        if (context.sender == account) return {};
        return Error{ErrorCode::unauthorized, "it is " + account.address() + "'s turn"};
    }
    Result<Juror*> require_juror() {
        if (Juror* const juror = find_juror(dispute.committee, context.sender)) return juror;
        return Error{ErrorCode::unauthorized, context.sender.address() +
                                                  " is not on the committee about work unit " +
                                                  std::to_string(key.unit)};
    }
};

Status make(Turn& turn, const ShowMiddle& move) {
    DURE_CHECK(turn.require_stage(DisputeStage::bisecting));
    DURE_CHECK(turn.require_sender(turn.dispute.trainer));
    turn.dispute.middle = move.state;
    enter_stage(turn.context.state, turn.key, turn.dispute, DisputeStage::answering, turn.context.height,
                turn.context.height + turn.context.parameters.dispute_blocks, turn.context.events);
    return {};
}

Status make(Turn& turn, const AnswerMiddle& move) {
    DURE_CHECK(turn.require_stage(DisputeStage::answering));
    DURE_CHECK(turn.require_sender(turn.dispute.challenger));
    DisputeRecord& dispute = turn.dispute;
    if (move.same) {
        dispute.low_state = *dispute.middle;
        dispute.low = dispute.middle_step();
    } else {
        dispute.high_state = *dispute.middle;
        dispute.high = dispute.middle_step();
    }
    narrow(turn.context.state, turn.context.parameters, turn.key, dispute, turn.context.height,
           turn.context.events);
    return {};
}

Status make(Turn& turn, const ServeStart& move) {
    DURE_CHECK(turn.require_stage(DisputeStage::serving));
    DURE_CHECK(turn.require_sender(turn.dispute.trainer));
    if (state_hash(move.roots) != turn.dispute.low_state) {
        return Error{ErrorCode::invalid, "the state served is not the one after step " +
                                             std::to_string(turn.dispute.low) + " that both sides named"};
    }
    turn.dispute.start = move.roots;
    enter_stage(turn.context.state, turn.key, turn.dispute, DisputeStage::drawing, turn.context.height,
                turn.context.height.next(), turn.context.events);
    return {};
}

Status make(Turn& turn, const ShowNotFinite& move) {
    DURE_CHECK(turn.require_stage(DisputeStage::serving));
    DURE_CHECK(turn.require_sender(turn.dispute.trainer));
    const DisputeRecord& dispute = turn.dispute;
    if (move.step > dispute.low || not_finite_state(move.step, move.before) != dispute.low_state) {
        return Error{ErrorCode::invalid, "the state after step " + std::to_string(dispute.low) +
                                             " does not say that step " + std::to_string(move.step) +
                                             " was not finite"};
    }
    // From such a step on nothing changes: what both agree on decides.
    const auto outcome = dispute.high_state == dispute.low_state ? DisputeOutcome::challenger_wrong
                                                                 : DisputeOutcome::trainer_wrong;
    close_dispute(turn.context.state, turn.context.parameters, turn.key, dispute, outcome,
                  turn.context.height, turn.context.events);
    return {};
}

Status make(Turn& turn, const Commit& move) {
    DURE_CHECK(turn.require_stage(DisputeStage::deciding));
    DURE_TRY(Juror* const juror, turn.require_juror());
    if (juror->commitment)
        return Error{ErrorCode::duplicate, turn.context.sender.address() + " has committed already"};
    juror->commitment = move.commitment;
    DisputeRecord& dispute = turn.dispute;
    if (everybody_committed(dispute.committee)) {
        enter_stage(turn.context.state, turn.key, dispute, DisputeStage::opening, turn.context.height,
                    turn.context.height + turn.context.parameters.dispute_blocks, turn.context.events);
    } else {
        Disputes::put(turn.context.state, turn.key, dispute);
    }
    return {};
}

Status make(Turn& turn, const VerdictOpening& move) {
    DURE_CHECK(turn.require_stage(DisputeStage::opening));
    DURE_TRY(Juror* const juror, turn.require_juror());
    if (juror->found)
        return Error{ErrorCode::duplicate, turn.context.sender.address() + " has opened already"};
    if (verdict_commitment(turn.context.sender, turn.key.round, turn.key.unit, turn.dispute.task, move.found,
                           move.salt) != juror->commitment) {
        return Error{ErrorCode::invalid,
                     "this verdict is not what " + turn.context.sender.address() + " committed to"};
    }
    juror->found = move.found;
    tally_verdicts(turn.context.state, turn.context.parameters, turn.key, turn.dispute, false,
                   turn.context.height, turn.context.events);
    return {};
}

}  // namespace

Status check(const DisputeUpdate&) {
    return {};
}

Status apply(const DisputeUpdate& payload, TransactionContext& context) {
    const UnitKey key{payload.round, payload.unit};
    auto dispute = Disputes::find(context.state, key);
    if (!dispute) {
        return Error{ErrorCode::not_found, "there is no dispute about work unit " +
                                               std::to_string(payload.unit) + " of round " +
                                               to_text(payload.round)};
    }
    Turn turn{.key = key, .dispute = std::move(*dispute), .context = context};
    return std::visit([&](const auto& move) { return make(turn, move); }, payload.move);
}

}  // namespace dure::ledger
