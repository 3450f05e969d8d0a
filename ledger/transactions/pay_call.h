// Pays a server for one call, without a channel. The payment is split as a settlement is. `call` says what it is for: a
// server counts it for that call alone (docs/protocol/payment.md, intent "charge").
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct PayCall {
    static constexpr const char* k_name = "pay_call";
    Account server{};
    Coin amount{};
    Hash call{};  ///< the call, as the server named it

    static constexpr auto fields() { return std::tuple(&PayCall::server, &PayCall::amount, &PayCall::call); }
    friend bool operator==(const PayCall&, const PayCall&) = default;
};

/// What can be said without the state.
Status check(const PayCall& payload);
Status apply(const PayCall& payload, TransactionContext& context);

}  // namespace dure::ledger
