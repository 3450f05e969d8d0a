#include "ledger/transactions/post_deposit.h"

#include "ledger/ownership/balances.h"

namespace dure::ledger {

Status check(const PostDeposit& payload) {
    if (payload.amount.is_zero())
        return Error{ErrorCode::out_of_range, "a deposit of nothing; give an amount"};
    return {};
}

Status apply(const PostDeposit& payload, TransactionContext& context) {
    DepositRecord deposit =
        Deposits::find(context.state, context.sender)
            .value_or(DepositRecord{.amount = {}, .depositor = context.payer, .release = std::nullopt});
    if (deposit.depositor != context.payer) {
        return Error{ErrorCode::conflict, context.sender.address() + "'s deposit was paid by " +
                                              deposit.depositor.address() +
                                              ", and only he can add to it; withdraw it first"};
    }
    DURE_CHECK(debit(context.state, context.payer, payload.amount));
    TreasuryRecord treasury = Treasury::get(context.state);
    treasury.newcomer_deposits += payload.amount;
    Treasury::put(context.state, treasury);
    deposit.amount += payload.amount;
    deposit.release = std::nullopt;
    Deposits::put(context.state, context.sender, deposit);
    context.events.push_back(DepositPosted{.account = context.sender,
                                           .depositor = context.payer,
                                           .amount = payload.amount,
                                           .deposit = deposit.amount});
    return {};
}

}  // namespace dure::ledger
