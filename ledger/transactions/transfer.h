// Moves coins to another account.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct Transfer {
    static constexpr const char* k_name = "transfer";
    Account to{};
    Coin amount{};

    static constexpr auto fields() { return std::tuple(&Transfer::to, &Transfer::amount); }
    friend bool operator==(const Transfer&, const Transfer&) = default;
};

/// What can be said without the state.
Status check(const Transfer& payload);
Status apply(const Transfer& payload, TransactionContext& context);

}  // namespace dure::ledger
