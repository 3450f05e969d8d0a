// Pays the whole grains that the owner pool owes the sender, to its beneficiary if it has one. The fraction
// stays owed.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct ClaimRewards {
    static constexpr const char* k_name = "claim_rewards";
    static constexpr auto fields() { return std::tuple<>(); }
    friend bool operator==(const ClaimRewards&, const ClaimRewards&) = default;
};

/// What can be said without the state.
Status check(const ClaimRewards& payload);
Status apply(const ClaimRewards& payload, TransactionContext& context);

}  // namespace dure::ledger
