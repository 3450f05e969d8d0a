// Puts coins of the sender behind the receipts that it signs as a server (ledger/serving/server_bonds.h).
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/money.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct BondServer {
    static constexpr const char* k_name = "bond_server";
    Coin amount{};

    static constexpr auto fields() { return std::tuple(&BondServer::amount); }
    friend bool operator==(const BondServer&, const BondServer&) = default;
};

/// What can be said without the state.
Status check(const BondServer& payload);
Status apply(const BondServer& payload, TransactionContext& context);

}  // namespace dure::ledger
