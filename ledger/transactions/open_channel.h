// Opens a payment channel to a server with a deposit of the sender's own coins. Its id is
// channel_id(transaction id).
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct OpenChannel {
    static constexpr const char* k_name = "open_channel";
    Account server{};
    Coin deposit{};

    static constexpr auto fields() { return std::tuple(&OpenChannel::server, &OpenChannel::deposit); }
    friend bool operator==(const OpenChannel&, const OpenChannel&) = default;
};

/// What can be said without the state.
Status check(const OpenChannel& payload);
Status apply(const OpenChannel& payload, TransactionContext& context);

}  // namespace dure::ledger
