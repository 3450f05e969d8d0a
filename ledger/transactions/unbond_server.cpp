#include "ledger/transactions/unbond_server.h"

#include "ledger/serving/server_bonds.h"

namespace dure::ledger {

Status check(const UnbondServer& payload) {
    if (payload.amount.is_zero())
        return Error{ErrorCode::out_of_range, "an unbonding of nothing; give an amount"};
    return {};
}

Status apply(const UnbondServer& payload, TransactionContext& context) {
    DURE_TRY(const protocol::Height release,
             unbond_server_coins(context.state, context.parameters, context.sender, payload.amount,
                                 context.height));
    context.events.push_back(
        ServerUnbonding{.server = context.sender, .amount = payload.amount, .release = release});
    return {};
}

}  // namespace dure::ledger
