// Takes coins out of the sender's bond as a server. They can be withdrawn once no receipt that they stood behind can be
// reported any more.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/money.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct UnbondServer {
    static constexpr const char* k_name = "unbond_server";
    Coin amount{};

    static constexpr auto fields() { return std::tuple(&UnbondServer::amount); }
    friend bool operator==(const UnbondServer&, const UnbondServer&) = default;
};

/// What can be said without the state.
Status check(const UnbondServer& payload);
Status apply(const UnbondServer& payload, TransactionContext& context);

}  // namespace dure::ledger
