#include "ledger/transactions/withdraw_server_bond.h"

#include "ledger/serving/server_bonds.h"

namespace dure::ledger {

Status check(const WithdrawServerBond&) {
    return {};
}

Status apply(const WithdrawServerBond&, TransactionContext& context) {
    DURE_TRY(const Coin amount, withdraw_server_coins(context.state, context.sender, context.height));
    context.events.push_back(ServerBondWithdrawn{.server = context.sender, .amount = amount});
    return {};
}

}  // namespace dure::ledger
