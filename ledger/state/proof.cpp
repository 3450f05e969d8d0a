#include "ledger/state/proof.h"

#include <bit>

namespace dure::ledger {

Hash state_path(ByteView key) {
    static const TaggedHash hash("dure/state/key");
    return hash(key);
}

Hash state_value_hash(ByteView value) {
    static const TaggedHash hash("dure/state/value");
    return hash(value);
}

Hash state_leaf_hash(const Hash& path, const Hash& value_hash) {
    static const TaggedHash hash("dure/state/leaf");
    return hash({path.bytes, value_hash.bytes});
}

Hash state_node_hash(std::uint16_t children, std::span<const Hash> hashes) {
    static const TaggedHash hash("dure/state/node");
    static_assert(sizeof(Hash) == 32);
    const std::uint8_t bitmap[2] = {static_cast<std::uint8_t>(children & 0xff),
                                    static_cast<std::uint8_t>(children >> 8)};
    return hash({bitmap, {reinterpret_cast<const std::uint8_t*>(hashes.data()), hashes.size_bytes()}});
}

std::size_t nibble_of(const Hash& path, std::size_t depth) {
    const unsigned byte = path.bytes[depth / 2];
    return depth % 2 == 0 ? byte >> 4 : byte & 15U;
}

namespace {

bool shares_prefix(const Hash& a, const Hash& b, std::size_t depth) {
    for (std::size_t i = 0; i < depth; ++i) {
        if (nibble_of(a, i) != nibble_of(b, i)) return false;
    }
    return true;
}

}  // namespace

bool verify_state_proof(const Hash& root, ByteView key, const std::optional<Bytes>& value,
                        const StateProof& proof) {
    const Hash path = state_path(key);
    std::optional<Hash> below;  // what stands at the end of the way; nothing: an empty place
    if (value) {
        if (proof.other) return false;
        below = state_leaf_hash(path, state_value_hash(*value));
    } else if (proof.other) {
        if (proof.other->path == path || !shares_prefix(proof.other->path, path, proof.levels.size()))
            return false;
        below = state_leaf_hash(proof.other->path, proof.other->value_hash);
    }
    for (std::size_t depth = proof.levels.size(); depth-- > 0;) {
        const ProofLevel& level = proof.levels[depth];
        const auto own = static_cast<std::uint16_t>(1U << nibble_of(path, depth));
        if (((level.children & own) != 0) != below.has_value()) return false;
        const auto others = static_cast<std::uint16_t>(level.children & ~own);
        if (level.siblings.size() != static_cast<std::size_t>(std::popcount(others))) return false;
        const auto before =
            static_cast<std::ptrdiff_t>(std::popcount(static_cast<std::uint16_t>(others & (own - 1U))));
        std::vector<Hash> children(level.siblings.begin(), level.siblings.end());
        if (below) children.insert(children.begin() + before, *below);
        if (children.empty()) return false;
        below = state_node_hash(level.children, children);
    }
    return below.value_or(Hash{}) == root;
}

}  // namespace dure::ledger
