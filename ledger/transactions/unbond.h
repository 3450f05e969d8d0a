// Takes shares out of the sender's bond. They become free after the unbonding delay and earn meanwhile. Until
// then they can be slashed. In a chain with a single epoch the bonds that its weights rest on stay.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/money.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct Unbond {
    static constexpr const char* k_name = "unbond";
    Shares amount{};

    static constexpr auto fields() { return std::tuple(&Unbond::amount); }
    friend bool operator==(const Unbond&, const Unbond&) = default;
};

/// What can be said without the state.
Status check(const Unbond& payload);
Status apply(const Unbond& payload, TransactionContext& context);

}  // namespace dure::ledger
