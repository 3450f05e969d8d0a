#include "base/merkle.h"

#include "base/assert.h"

namespace dure {

namespace {

Hash node_hash(const Hash& left, const Hash& right) {
    static const TaggedHash hash("dure/merkle/node");
    return hash({left.bytes, right.bytes});
}

Hash root_hash(std::uint64_t count, const Hash& top) {
    static const TaggedHash hash("dure/merkle/root");
    return hash({encode(count), top.bytes});
}

/// One level up: pairs are hashed, an odd last node is promoted.
std::vector<Hash> parents_of(std::span<const Hash> level) {
    std::vector<Hash> parents;
    parents.reserve((level.size() + 1) / 2);
    for (std::size_t i = 0; i + 1 < level.size(); i += 2)
        parents.push_back(node_hash(level[i], level[i + 1]));
    if (level.size() % 2 == 1) parents.push_back(level.back());
    return parents;
}

}  // namespace

Hash merkle_leaf(ByteView data) {
    static const TaggedHash hash("dure/merkle/leaf");
    return hash(data);
}

Hash merkle_root(std::span<const Hash> leaves) {
    if (leaves.empty()) return root_hash(0, Hash{});
    std::vector<Hash> level(leaves.begin(), leaves.end());
    while (level.size() > 1)
        level = parents_of(level);
    return root_hash(leaves.size(), level.front());
}

MerkleProof merkle_prove(std::span<const Hash> leaves, std::uint64_t index) {
    DURE_ASSERT(index < leaves.size());
    MerkleProof proof{.index = index, .count = leaves.size(), .siblings = {}};
    std::vector<Hash> level(leaves.begin(), leaves.end());
    while (level.size() > 1) {
        const std::uint64_t sibling = index ^ 1;
        if (sibling < level.size()) proof.siblings.push_back(level[sibling]);
        level = parents_of(level);
        index /= 2;
    }
    return proof;
}

bool merkle_verify(const Hash& root, const Hash& leaf, const MerkleProof& proof) {
    if (proof.index >= proof.count || proof.count > std::uint64_t{1} << k_max_merkle_depth) return false;
    Hash node = leaf;
    std::size_t used = 0;
    std::uint64_t index = proof.index;
    for (std::uint64_t width = proof.count; width > 1; width = (width + 1) / 2, index /= 2) {
        if ((index ^ 1) >= width) continue;  // promoted
        if (used == proof.siblings.size()) return false;
        const Hash& sibling = proof.siblings[used++];
        node = index % 2 == 0 ? node_hash(node, sibling) : node_hash(sibling, node);
    }
    return used == proof.siblings.size() && root == root_hash(proof.count, node);
}

}  // namespace dure
