// Begins a channel's end: the payer may withdraw the rest after the close delay, at once if it is the server
// that closes.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct CloseChannel {
    static constexpr const char* k_name = "close_channel";
    Hash channel{};

    static constexpr auto fields() { return std::tuple(&CloseChannel::channel); }
    friend bool operator==(const CloseChannel&, const CloseChannel&) = default;
};

/// What can be said without the state.
Status check(const CloseChannel& payload);
Status apply(const CloseChannel& payload, TransactionContext& context);

}  // namespace dure::ledger
