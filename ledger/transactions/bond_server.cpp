#include "ledger/transactions/bond_server.h"

#include "ledger/serving/server_bonds.h"

namespace dure::ledger {

Status check(const BondServer& payload) {
    if (payload.amount.is_zero()) return Error{ErrorCode::out_of_range, "a bond of nothing; give an amount"};
    return {};
}

Status apply(const BondServer& payload, TransactionContext& context) {
    DURE_CHECK(bond_server_coins(context.state, context.sender, payload.amount));
    context.events.push_back(ServerBonded{.server = context.sender,
                                          .amount = payload.amount,
                                          .bonded = server_bond(context.state, context.sender).bonded});
    return {};
}

}  // namespace dure::ledger
