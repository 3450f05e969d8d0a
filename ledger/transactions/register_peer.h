// Says what the sender's node does, where other nodes and buyers reach it and what its answers cost; names the account that
// gets its earnings. Replaces an earlier registration.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/result.h"
#include "ledger/records/peer.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct RegisterPeer {
    static constexpr const char* k_name = "register_peer";
    std::uint8_t roles = 0;  ///< bits of peer.h; 0 withdraws the node
    Endpoint endpoint{};     ///< host:port; empty: reached by no node
    ServiceUrl service{};    ///< where answers are sold; empty: found by nobody who buys
    Coin price_per_input_token{};
    Coin price_per_output_token{};
    std::optional<Account> beneficiary{};  ///< gets what the node earns; absent: the node itself
    std::optional<Hash> tls_fingerprint{};

    static constexpr auto fields() {
        using T = RegisterPeer;
        return std::tuple(&T::roles, &T::endpoint, &T::service, &T::price_per_input_token,
                          &T::price_per_output_token, &T::beneficiary, &T::tls_fingerprint);
    }
    friend bool operator==(const RegisterPeer&, const RegisterPeer&) = default;
};

/// What can be said without the state.
Status check(const RegisterPeer& payload);
Status apply(const RegisterPeer& payload, TransactionContext& context);

}  // namespace dure::ledger
