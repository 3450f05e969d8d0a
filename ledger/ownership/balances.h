// Coins in accounts. Every function works on the records in the state; nothing here creates or destroys a
// coin except in pairs that the caller makes.
#pragma once

#include "ledger/records/tables.h"

namespace dure::ledger {

/// An account that never appeared is an empty record.
AccountRecord load_account(const StateReader& state, const Account& account);

/// Errors: `insufficient`, saying what is there and what is asked.
Status debit(Overlay& state, const Account& account, Coin amount);
void credit(Overlay& state, const Account& account, Coin amount);

/// Who gets what this account earns: its beneficiary, or itself.
Account beneficiary_of(const StateReader& state, const Account& account);

}  // namespace dure::ledger
