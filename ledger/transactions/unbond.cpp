#include "ledger/transactions/unbond.h"

#include "ledger/ownership/shares.h"

namespace dure::ledger {

Status check(const Unbond& payload) {
    if (payload.amount.is_zero())
        return Error{ErrorCode::out_of_range, "an unbonding of no shares; give an amount"};
    return {};
}

Status apply(const Unbond& payload, TransactionContext& context) {
    const protocol::Height release = context.height + context.parameters.unbonding_delay_blocks;
    DURE_CHECK(unbond_shares(context.state, context.sender, payload.amount, context.height, release));
    context.events.push_back(
        SharesUnbonding{.account = context.sender, .amount = payload.amount, .release = release});
    return {};
}

}  // namespace dure::ledger
