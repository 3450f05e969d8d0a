// Events of payments for answers.
#pragma once

#include <cstdint>
#include <tuple>

#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"
#include "ledger/records/pool.h"

namespace dure::ledger {

struct ChannelOpened {
    static constexpr const char* k_name = "channel_opened";
    Hash channel;
    Account payer;
    Account server;
    Coin deposit;
    static constexpr auto fields() {
        return std::tuple(&ChannelOpened::channel, &ChannelOpened::payer, &ChannelOpened::server,
                          &ChannelOpened::deposit);
    }
    friend bool operator==(const ChannelOpened&, const ChannelOpened&) = default;
};

struct ChannelToppedUp {
    static constexpr const char* k_name = "channel_topped_up";
    Hash channel;
    Coin amount;
    Coin deposit;  ///< after it
    static constexpr auto fields() {
        return std::tuple(&ChannelToppedUp::channel, &ChannelToppedUp::amount, &ChannelToppedUp::deposit);
    }
    friend bool operator==(const ChannelToppedUp&, const ChannelToppedUp&) = default;
};

struct ChannelSettled {
    static constexpr const char* k_name = "channel_settled";
    SettlementRecord settlement;
    static constexpr auto fields() { return std::tuple(&ChannelSettled::settlement); }
    friend bool operator==(const ChannelSettled&, const ChannelSettled&) = default;
};

struct CallPaid {
    static constexpr const char* k_name = "call_paid";
    SettlementRecord settlement;
    Hash call;
    static constexpr auto fields() { return std::tuple(&CallPaid::settlement, &CallPaid::call); }
    friend bool operator==(const CallPaid&, const CallPaid&) = default;
};

struct ChannelClosing {
    static constexpr const char* k_name = "channel_closing";
    Hash channel;
    protocol::Height withdrawable;
    static constexpr auto fields() {
        return std::tuple(&ChannelClosing::channel, &ChannelClosing::withdrawable);
    }
    friend bool operator==(const ChannelClosing&, const ChannelClosing&) = default;
};

struct ChannelWithdrawn {
    static constexpr const char* k_name = "channel_withdrawn";
    Hash channel;
    Account payer;
    Coin amount;
    static constexpr auto fields() {
        return std::tuple(&ChannelWithdrawn::channel, &ChannelWithdrawn::payer, &ChannelWithdrawn::amount);
    }
    friend bool operator==(const ChannelWithdrawn&, const ChannelWithdrawn&) = default;
};

}  // namespace dure::ledger
