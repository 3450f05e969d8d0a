#include "ledger/transactions/bond.h"

#include "ledger/ownership/shares.h"

namespace dure::ledger {

Status check(const Bond& payload) {
    if (payload.amount.is_zero())
        return Error{ErrorCode::out_of_range, "a bond of no shares; give an amount"};
    return {};
}

Status apply(const Bond& payload, TransactionContext& context) {
    DURE_CHECK(bond_shares(context.state, context.sender, payload.amount, context.height));
    context.events.push_back(SharesBonded{.account = context.sender, .amount = payload.amount});
    return {};
}

}  // namespace dure::ledger
