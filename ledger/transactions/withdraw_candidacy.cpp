#include "ledger/transactions/withdraw_candidacy.h"

#include "ledger/records/tables.h"

namespace dure::ledger {

Status check(const WithdrawCandidacy&) {
    return {};
}

Status apply(const WithdrawCandidacy&, TransactionContext& context) {
    if (context.parameters.epoch_blocks == 0) {
        return Error{ErrorCode::unavailable,
                     "this chain has a single epoch: its validators are those that genesis names"};
    }
    if (!Candidates::contains(context.state, context.sender))
        return Error{ErrorCode::not_found, context.sender.address() + " does not stand for validator"};
    Candidates::erase(context.state, context.sender);
    context.events.push_back(CandidacyEnded{.account = context.sender, .withdrawn = true});
    return {};
}

}  // namespace dure::ledger
