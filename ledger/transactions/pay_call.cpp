#include "ledger/transactions/pay_call.h"

#include "ledger/ownership/balances.h"
#include "ledger/transactions/escrow.h"
#include "ledger/transactions/settlement.h"

namespace dure::ledger {

Status check(const PayCall& payload) {
    if (payload.amount.is_zero())
        return Error{ErrorCode::out_of_range, "a call paid with nothing; give an amount"};
    return {};
}

Status apply(const PayCall& payload, TransactionContext& context) {
    DURE_CHECK(require_server(context.state, context.parameters, payload.server));
    DURE_CHECK(debit(context.state, context.sender, payload.amount));
    SettlementRecord settlement = settlement_of(context, context.sender, payload.server, payload.amount);
    settle(settlement, context);
    context.events.push_back(CallPaid{.settlement = settlement, .call = payload.call});
    return {};
}

}  // namespace dure::ledger
