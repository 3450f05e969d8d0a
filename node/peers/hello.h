// How two nodes prove to each other who they are and that they speak of the same chain
// (docs/protocol/wire.md). Each sends a Hello with a fresh nonce; then each signs both nonces and both keys.
// Values only; the exchange itself is in connection.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/result.h"
#include "node/peers/messages.h"

namespace dure::node {

inline constexpr std::uint32_t k_wire_version = 1;
inline constexpr std::size_t k_max_hello_bytes = 512;
inline constexpr std::array<std::uint8_t, 8> k_hello_mark{'D', 'U', 'R', 'E', 'P', 'E', 'E', 'R'};

struct Hello {
    std::array<std::uint8_t, 8> mark = k_hello_mark;
    std::uint32_t version = k_wire_version;
    Hash chain_id;
    Account node;
    Hash nonce;
    BoundedString<k_max_endpoint_characters> endpoint;  ///< where it listens; may be empty
    static constexpr auto fields() {
        using T = Hello;
        return std::tuple(&T::mark, &T::version, &T::chain_id, &T::node, &T::nonce, &T::endpoint);
    }
};

struct HelloProof {
    Signature signature;  ///< the node key's over hello_digest
    static constexpr auto fields() { return std::tuple(&HelloProof::signature); }
};

/// What the sender of `own` signs to the sender of `other`. Not symmetric, so that no proof can be sent back
/// to who made it.
Hash hello_digest(const Hello& own, const Hello& other);

/// Errors: `invalid` (no Dure node, another wire version, another chain, ourselves), with the reason.
Status check_hello(const Hello& own, const Hello& other);

}  // namespace dure::node
