// Withdraws an account's deposit, in two steps: the first, not while the account takes part in an unfinished
// round, ends its standing as a newcomer; the second, after `unbonding_delay_blocks`, returns the coins to
// whoever paid them.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/keys.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct WithdrawDeposit {
    static constexpr const char* k_name = "withdraw_deposit";
    Account account{};  ///< whose deposit; the sender is he, or paid it

    static constexpr auto fields() { return std::tuple(&WithdrawDeposit::account); }
    friend bool operator==(const WithdrawDeposit&, const WithdrawDeposit&) = default;
};

/// What can be said without the state.
Status check(const WithdrawDeposit& payload);
Status apply(const WithdrawDeposit& payload, TransactionContext& context);

}  // namespace dure::ledger
