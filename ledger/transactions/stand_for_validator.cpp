#include "ledger/transactions/stand_for_validator.h"

#include "ledger/ownership/balances.h"

namespace dure::ledger {

Status check(const StandForValidator& payload) {
    if (payload.beacon_link.is_zero())
        return Error{ErrorCode::out_of_range, "a candidacy without a hash chain; give the chain's tip"};
    return {};
}

Status apply(const StandForValidator& payload, TransactionContext& context) {
    if (context.parameters.epoch_blocks == 0) {
        return Error{ErrorCode::unavailable,
                     "this chain has a single epoch: its validators are those that genesis names"};
    }
    if (Candidates::contains(context.state, context.sender)) {
        return Error{ErrorCode::conflict, context.sender.address() +
                                              " stands for validator already; withdraw first to stand with "
                                              "another hash chain"};
    }
    const Shares bonded = load_account(context.state, context.sender).bonded;
    if (bonded < context.parameters.validator_bond) {
        return Error{ErrorCode::insufficient, context.sender.address() + " has " + to_text(bonded) +
                                                  " bonded shares; a validator needs at least " +
                                                  to_text(context.parameters.validator_bond)};
    }
    CandidateRecord candidate;
    candidate.stood_at = context.height;
    candidate.chain = payload.chain;
    candidate.beacon_link = payload.beacon_link;
    Candidates::put(context.state, context.sender, candidate);
    context.events.push_back(CandidacyBegun{.account = context.sender, .bonded = bonded});
    return {};
}

}  // namespace dure::ledger
