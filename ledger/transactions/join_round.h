// Offers work units for the round that may be joined now.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/protocol/types.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct JoinRound {
    static constexpr const char* k_name = "join_round";
    protocol::Round round{};
    std::uint32_t units = 0;

    static constexpr auto fields() { return std::tuple(&JoinRound::round, &JoinRound::units); }
    friend bool operator==(const JoinRound&, const JoinRound&) = default;
};

/// What can be said without the state.
Status check(const JoinRound& payload);
Status apply(const JoinRound& payload, TransactionContext& context);

}  // namespace dure::ledger
