#include "ledger/ownership/balances.h"

namespace dure::ledger {

AccountRecord load_account(const StateReader& state, const Account& account) {
    return Accounts::find(state, account).value_or(AccountRecord{});
}

Status debit(Overlay& state, const Account& account, Coin amount) {
    AccountRecord record = load_account(state, account);
    const auto rest = checked_sub(record.balance, amount);
    if (!rest) {
        return Error{ErrorCode::insufficient, account.address() + " has " + to_text(record.balance) +
                                                  " DURE, " + to_text(amount) + " are needed"};
    }
    record.balance = *rest;
    Accounts::put(state, account, record);
    return {};
}

void credit(Overlay& state, const Account& account, Coin amount) {
    if (amount.is_zero()) return;
    AccountRecord record = load_account(state, account);
    record.balance += amount;
    Accounts::put(state, account, record);
}

Account beneficiary_of(const StateReader& state, const Account& account) {
    return load_account(state, account).beneficiary.value_or(account);
}

}  // namespace dure::ledger
