#include "ledger/transactions/withdraw_deposit.h"

#include "ledger/ownership/balances.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

namespace {

/// Errors: `unavailable`. The live round and the one after it are the only ones that can have participants
/// and are not finished.
Status require_idle(const StateReader& state, const Account& account) {
    for (protocol::Round number = Head::get(state).live;; number = number.next()) {
        const auto round = Rounds::find(state, number);
        if (!round) return {};
        if (round->participant(account) != nullptr) {
            return Error{ErrorCode::unavailable,
                         account.address() + " takes part in round " + to_text(number) +
                             ", for which its deposit stands; withdraw it when the round is finished"};
        }
    }
}

Status start(DepositRecord deposit, const Account& account, TransactionContext& context) {
    DURE_CHECK(require_idle(context.state, account));
    const protocol::Height release = context.height + context.parameters.unbonding_delay_blocks;
    deposit.release = release;
    Deposits::put(context.state, account, deposit);
    context.events.push_back(DepositReleasing{.account = account, .release = release});
    return {};
}

}  // namespace

Status check(const WithdrawDeposit&) {
    return {};
}

Status apply(const WithdrawDeposit& payload, TransactionContext& context) {
    const auto deposit = Deposits::find(context.state, payload.account);
    if (!deposit) return Error{ErrorCode::not_found, "there is no deposit for " + payload.account.address()};
    if (context.sender != payload.account && context.sender != deposit->depositor) {
        return Error{ErrorCode::unauthorized,
                     payload.account.address() + "'s deposit belongs to " + deposit->depositor.address()};
    }
    if (!deposit->release) return start(*deposit, payload.account, context);
    if (context.height < *deposit->release) {
        return Error{ErrorCode::unavailable, "the deposit can be taken from height " +
                                                 to_text(*deposit->release) + " on; this is height " +
                                                 to_text(context.height)};
    }
    Deposits::erase(context.state, payload.account);
    TreasuryRecord treasury = Treasury::get(context.state);
    treasury.newcomer_deposits -= deposit->amount;
    Treasury::put(context.state, treasury);
    credit(context.state, deposit->depositor, deposit->amount);
    context.events.push_back(
        DepositReturned{.account = payload.account, .to = deposit->depositor, .amount = deposit->amount});
    return {};
}

}  // namespace dure::ledger
