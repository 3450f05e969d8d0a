// Binds free shares as the sender's stake: the weight with which it is drawn, attests and (from the next
// epoch on) votes. Bonded shares go on earning.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/money.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct Bond {
    static constexpr const char* k_name = "bond";
    Shares amount{};

    static constexpr auto fields() { return std::tuple(&Bond::amount); }
    friend bool operator==(const Bond&, const Bond&) = default;
};

/// What can be said without the state.
Status check(const Bond& payload);
Status apply(const Bond& payload, TransactionContext& context);

}  // namespace dure::ledger
