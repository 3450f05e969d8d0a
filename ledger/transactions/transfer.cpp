#include "ledger/transactions/transfer.h"

#include "ledger/ownership/balances.h"

namespace dure::ledger {

Status check(const Transfer& payload) {
    if (payload.amount.is_zero())
        return Error{ErrorCode::out_of_range, "a transfer of nothing; give an amount"};
    return {};
}

Status apply(const Transfer& payload, TransactionContext& context) {
    DURE_CHECK(debit(context.state, context.sender, payload.amount));
    credit(context.state, payload.to, payload.amount);
    context.events.push_back(CoinsMoved{.from = context.sender, .to = payload.to, .amount = payload.amount});
    return {};
}

}  // namespace dure::ledger
