// Adds to a channel's deposit. A close that is under way stays as it is.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/money.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct TopUpChannel {
    static constexpr const char* k_name = "top_up_channel";
    Hash channel{};
    Coin amount{};

    static constexpr auto fields() { return std::tuple(&TopUpChannel::channel, &TopUpChannel::amount); }
    friend bool operator==(const TopUpChannel&, const TopUpChannel&) = default;
};

/// What can be said without the state.
Status check(const TopUpChannel& payload);
Status apply(const TopUpChannel& payload, TransactionContext& context);

}  // namespace dure::ledger
