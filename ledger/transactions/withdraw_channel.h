// Returns the rest of a closed channel's deposit to the payer and ends the channel.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct WithdrawChannel {
    static constexpr const char* k_name = "withdraw_channel";
    Hash channel{};

    static constexpr auto fields() { return std::tuple(&WithdrawChannel::channel); }
    friend bool operator==(const WithdrawChannel&, const WithdrawChannel&) = default;
};

/// What can be said without the state.
Status check(const WithdrawChannel& payload);
Status apply(const WithdrawChannel& payload, TransactionContext& context);

}  // namespace dure::ledger
