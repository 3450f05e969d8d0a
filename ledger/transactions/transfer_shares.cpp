#include "ledger/transactions/transfer_shares.h"

#include "ledger/ownership/shares.h"

namespace dure::ledger {

Status check(const TransferShares& payload) {
    if (payload.amount.is_zero())
        return Error{ErrorCode::out_of_range, "a transfer of no shares; give an amount"};
    return {};
}

Status apply(const TransferShares& payload, TransactionContext& context) {
    DURE_CHECK(
        transfer_free_shares(context.state, context.sender, payload.to, payload.amount, context.height));
    context.events.push_back(SharesMoved{.from = context.sender, .to = payload.to, .amount = payload.amount});
    return {};
}

}  // namespace dure::ledger
