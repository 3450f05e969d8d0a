// Proofs that a state with a given root holds a value under a key, or holds none. Checking one needs nothing
// but the root, so a client that trusts a finalized header can check what any node tells it.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"

namespace dure::ledger {

/// A path has 64 steps of four bits.
inline constexpr std::size_t k_max_tree_depth = 64;
inline constexpr std::size_t k_tree_arity = 16;

/// One node on the way from the root: which children it has, and the hashes of all but the one on the way.
struct ProofLevel {
    std::uint16_t children = 0;
    BoundedList<Hash, k_tree_arity> siblings;

    static constexpr auto fields() { return std::tuple(&ProofLevel::children, &ProofLevel::siblings); }
    friend bool operator==(const ProofLevel&, const ProofLevel&) = default;
};

/// Another key's leaf that stands where the asked one would stand.
struct OtherLeaf {
    Hash path;
    Hash value_hash;

    static constexpr auto fields() { return std::tuple(&OtherLeaf::path, &OtherLeaf::value_hash); }
    friend bool operator==(const OtherLeaf&, const OtherLeaf&) = default;
};

struct StateProof {
    BoundedList<ProofLevel, k_max_tree_depth> levels;  ///< from the root downward
    std::optional<OtherLeaf> other;                    ///< only in a proof of absence

    static constexpr auto fields() { return std::tuple(&StateProof::levels, &StateProof::other); }
    friend bool operator==(const StateProof&, const StateProof&) = default;
};

/// True if the state with this root has `value` under `key`; without a value: if it has nothing there. Total:
/// any proof may be given.
bool verify_state_proof(const Hash& root, ByteView key, const std::optional<Bytes>& value,
                        const StateProof& proof);

/// The tree's hashes (see tree.h).
Hash state_path(ByteView key);
Hash state_value_hash(ByteView value);
Hash state_leaf_hash(const Hash& path, const Hash& value_hash);
Hash state_node_hash(std::uint16_t children, std::span<const Hash> hashes);
/// The step that a path takes at a depth, 0…15: the high half of each byte first.
std::size_t nibble_of(const Hash& path, std::size_t depth);

}  // namespace dure::ledger
