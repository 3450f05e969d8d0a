// Pays the sender those coins of its bond as a server that have left it by now.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct WithdrawServerBond {
    static constexpr const char* k_name = "withdraw_server_bond";

    static constexpr auto fields() { return std::tuple(); }
    friend bool operator==(const WithdrawServerBond&, const WithdrawServerBond&) = default;
};

/// What can be said without the state.
Status check(const WithdrawServerBond& payload);
Status apply(const WithdrawServerBond& payload, TransactionContext& context);

}  // namespace dure::ledger
