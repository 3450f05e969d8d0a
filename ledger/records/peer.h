// What a node says about itself: what it does, where it is reached, what its answers cost.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/money.h"
#include "base/protocol/types.h"
#include "base/result.h"

namespace dure::ledger {

/// Roles are bits, so that a node may have several.
inline constexpr std::uint8_t k_role_trainer = 1;  ///< trains, audits and scores
inline constexpr std::uint8_t k_role_server = 2;   ///< sells answers
inline constexpr std::uint8_t k_all_roles = k_role_trainer | k_role_server;

inline constexpr std::size_t k_max_endpoint_bytes = 128;
using Endpoint = BoundedString<k_max_endpoint_bytes>;

/// Where a server sells: its HTTP interface's URL, e.g. "http://203.0.113.7:8470".
inline constexpr std::size_t k_max_service_bytes = 256;
using ServiceUrl = BoundedString<k_max_service_bytes>;

/// Errors: `malformed` unless it is empty, or http:// or https:// with a host, and maybe a port and a path, in printable
/// ASCII: no spaces, no user's name, no query. Whoever shows it as a link shows nothing else.
Status check_service_url(std::string_view url);

struct PeerRecord {
    std::uint8_t roles = 0;
    Endpoint endpoint;   ///< host:port, for other nodes
    ServiceUrl service;  ///< for who buys; empty: not told
    Coin price_per_input_token;
    Coin price_per_output_token;
    std::optional<Hash> tls_fingerprint;
    protocol::Height registered;  ///< the latest registration

    static constexpr auto fields() {
        using T = PeerRecord;
        return std::tuple(&T::roles, &T::endpoint, &T::service, &T::price_per_input_token,
                          &T::price_per_output_token, &T::tls_fingerprint, &T::registered);
    }
    friend bool operator==(const PeerRecord&, const PeerRecord&) = default;
    bool is(std::uint8_t role) const { return (roles & role) != 0; }
};

}  // namespace dure::ledger
