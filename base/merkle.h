// A binary Merkle tree over a list, with inclusion proofs. Leaves and inner nodes are hashed under different
// tags (no second preimages, RFC 6962 §2.1), an odd node is promoted unchanged, and the root binds the number
// of leaves.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/codec.h"
#include "base/hash.h"

namespace dure {

/// A tree of up to 2^40 leaves has at most 40 levels.
inline constexpr std::size_t k_max_merkle_depth = 40;

struct MerkleProof {
    std::uint64_t index = 0;
    std::uint64_t count = 0;                         ///< leaves in the tree
    BoundedList<Hash, k_max_merkle_depth> siblings;  ///< from the leaf upward; a promoted level has none

    static constexpr auto fields() {
        return std::tuple(&MerkleProof::index, &MerkleProof::count, &MerkleProof::siblings);
    }
    friend bool operator==(const MerkleProof&, const MerkleProof&) = default;
};

Hash merkle_leaf(ByteView data);

/// The root over leaf hashes (of merkle_leaf). The root of no leaves is a constant of its own.
Hash merkle_root(std::span<const Hash> leaves);

/// Needs index < leaves.size().
MerkleProof merkle_prove(std::span<const Hash> leaves, std::uint64_t index);

/// True if `leaf` (a merkle_leaf) stands at proof.index of the proof.count leaves under `root`. Total: any
/// proof may be given.
bool merkle_verify(const Hash& root, const Hash& leaf, const MerkleProof& proof);

}  // namespace dure
