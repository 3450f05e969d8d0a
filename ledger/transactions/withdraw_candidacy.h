// Stands for validator no more. Whoever is one votes until the epoch ends, and should: its bond answers for it.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct WithdrawCandidacy {
    static constexpr const char* k_name = "withdraw_candidacy";

    static constexpr auto fields() { return std::tuple<>(); }
    friend bool operator==(const WithdrawCandidacy&, const WithdrawCandidacy&) = default;
};

/// What can be said without the state.
Status check(const WithdrawCandidacy& payload);
Status apply(const WithdrawCandidacy& payload, TransactionContext& context);

}  // namespace dure::ledger
