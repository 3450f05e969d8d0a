#include "ledger/transactions/claim_rewards.h"

#include "ledger/ownership/balances.h"
#include "ledger/ownership/owner_pool.h"

namespace dure::ledger {

Status check(const ClaimRewards&) {
    return {};
}

Status apply(const ClaimRewards&, TransactionContext& context) {
    AccountRecord account = load_account(context.state, context.sender);
    PoolRecord pool = Pool::get(context.state);
    const Coin amount = claim(account, pool);
    if (amount.is_zero()) {
        return Error{ErrorCode::insufficient,
                     "the owner pool owes " + context.sender.address() + " less than a grain"};
    }
    Accounts::put(context.state, context.sender, account);
    Pool::put(context.state, pool);
    const Account to = account.beneficiary.value_or(context.sender);
    credit(context.state, to, amount);
    context.events.push_back(
        RewardsClaimed{.account = context.sender, .to = to, .amount = amount, .left = account.pending});
    return {};
}

}  // namespace dure::ledger
