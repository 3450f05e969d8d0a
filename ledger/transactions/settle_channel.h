// The server draws on a channel: what `amount` says beyond what is settled already, covered by the payer's
// voucher over `cumulative`. The payment is split among server, owners and validators.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct SettleChannel {
    static constexpr const char* k_name = "settle_channel";
    Hash channel{};
    Coin cumulative{};      ///< what the voucher promises in all
    Signature signature{};  ///< the payer's over voucher_digest
    Coin amount{};          ///< what was earned in all; at most `cumulative`

    static constexpr auto fields() {
        using T = SettleChannel;
        return std::tuple(&T::channel, &T::cumulative, &T::signature, &T::amount);
    }
    friend bool operator==(const SettleChannel&, const SettleChannel&) = default;
};

/// What can be said without the state.
Status check(const SettleChannel& payload);
Status apply(const SettleChannel& payload, TransactionContext& context);

}  // namespace dure::ledger
