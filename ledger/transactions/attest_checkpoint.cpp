#include "ledger/transactions/attest_checkpoint.h"

#include "ledger/transactions/live_round.h"

namespace dure::ledger {

Status check(const AttestCheckpoint&) {
    return {};
}

Status apply(const AttestCheckpoint& payload, TransactionContext& context) {
    DURE_TRY(const RoundRecord round,
             require_live_round(context.state, payload.round, RoundPhase::attesting));
    if (round.participant(context.sender) == nullptr) {
        return Error{ErrorCode::unauthorized,
                     context.sender.address() + " did not join round " + to_text(payload.round)};
    }
    const RoundAccountKey key{payload.round, context.sender};
    if (Attestations::contains(context.state, key)) {
        return Error{ErrorCode::duplicate, context.sender.address() + " has attested round " +
                                               to_text(payload.round) + "'s checkpoint already"};
    }
    Attestations::put(context.state, key, payload.attestation);
    context.events.push_back(CheckpointAttested{
        .round = payload.round, .account = context.sender, .attestation = payload.attestation});
    return {};
}

}  // namespace dure::ledger
