// Moves free shares to another account. Both sides' fees are settled first, so that neither earns what the
// other's shares earned.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct TransferShares {
    static constexpr const char* k_name = "transfer_shares";
    Account to{};
    Shares amount{};

    static constexpr auto fields() { return std::tuple(&TransferShares::to, &TransferShares::amount); }
    friend bool operator==(const TransferShares&, const TransferShares&) = default;
};

/// What can be said without the state.
Status check(const TransferShares& payload);
Status apply(const TransferShares& payload, TransactionContext& context);

}  // namespace dure::ledger
