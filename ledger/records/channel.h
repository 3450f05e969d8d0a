// A payment channel: a payer's deposit, out of which a server is paid by ever higher vouchers.
#pragma once

#include <optional>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"

namespace dure::ledger {

struct ChannelRecord {
    Account payer;
    Account server;
    Coin deposit;
    Coin settled;  ///< cumulative; at most the deposit
    protocol::Height opened;
    std::optional<protocol::Height>
        withdrawable;  ///< set by a close: the payer may take the rest from this height on

    static constexpr auto fields() {
        using T = ChannelRecord;
        return std::tuple(&T::payer, &T::server, &T::deposit, &T::settled, &T::opened, &T::withdrawable);
    }
    friend bool operator==(const ChannelRecord&, const ChannelRecord&) = default;
};

/// The channel that this transaction opens.
Hash channel_id(const Hash& transaction);

/// What a payer signs: "out of this channel of this chain the server may have this much in all".
Hash voucher_digest(const Hash& chain_id, const Hash& channel, Coin cumulative);

}  // namespace dure::ledger
