#include "ledger/transactions/attest_checkpoint.h"

#include "ledger/transactions/live_round.h"

namespace dure::ledger {

namespace {

Status commit(const AttestCheckpoint& payload, const Commit& move, TransactionContext& context) {
    DURE_TRY(RoundRecord round, require_live_round(context.state, payload.round, RoundPhase::attesting));
    const Participant* participant = round.participant(context.sender);
    if (participant == nullptr || participant->weight.is_zero()) {
        return Error{ErrorCode::unauthorized, context.sender.address() + " did not join round " +
                                                  to_text(payload.round) + ", or without bonded shares"};
    }
    const RoundAccountKey key{payload.round, context.sender};
    if (Attestations::contains(context.state, key)) {
        return Error{ErrorCode::duplicate, context.sender.address() + " has committed to round " +
                                               to_text(payload.round) + "'s checkpoint already"};
    }
    Attestations::put(context.state, key, {.commitment = move.commitment});
    count_move(context.state, round);
    return {};
}

Status open(const AttestCheckpoint& payload, const AttestationOpening& move, TransactionContext& context) {
    DURE_TRY(RoundRecord round,
             require_live_round(context.state, payload.round, RoundPhase::opening_attestations));
    const RoundAccountKey key{payload.round, context.sender};
    auto record = Attestations::find(context.state, key);
    if (!record) {
        return Error{ErrorCode::unauthorized, context.sender.address() + " did not commit to round " +
                                                  to_text(payload.round) + "'s checkpoint in time"};
    }
    if (record->opened) {
        return Error{ErrorCode::duplicate, context.sender.address() + " has attested round " +
                                               to_text(payload.round) + "'s checkpoint already"};
    }
    if (attestation_commitment(context.sender, payload.round, move.attestation, move.salt) !=
        record->commitment) {
        return Error{ErrorCode::invalid, "this attestation is not what " + context.sender.address() +
                                             " committed to for round " + to_text(payload.round)};
    }
    record->opened = move.attestation;
    Attestations::put(context.state, key, *record);
    count_move(context.state, round);
    context.events.push_back(CheckpointAttested{
        .round = payload.round, .account = context.sender, .attestation = move.attestation});
    return {};
}

}  // namespace

Status check(const AttestCheckpoint&) {
    return {};
}

Status apply(const AttestCheckpoint& payload, TransactionContext& context) {
    if (const auto* move = std::get_if<Commit>(&payload.move)) return commit(payload, *move, context);
    return open(payload, std::get<AttestationOpening>(payload.move), context);
}

}  // namespace dure::ledger
