#include "ledger/state/tree.h"

#include <algorithm>
#include <bit>
#include <span>
#include <utility>
#include <vector>

#include "base/assert.h"

namespace dure::ledger {

/// A leaf has a path and no children; a node has at least two entries below it, one pointer for each set bit
/// of `children`.
struct StateTree::Node {
    Hash hash;
    Hash path;        ///< leaves only
    Hash value_hash;  ///< leaves only
    std::uint16_t children = 0;
    std::vector<std::shared_ptr<const Node>> below;

    bool is_leaf() const { return children == 0; }
};

namespace {

using Node = StateTree::Node;
using NodePointer = std::shared_ptr<const Node>;

struct Change {
    Hash path;
    std::optional<Hash> value_hash;
};

NodePointer make_leaf(const Hash& path, const Hash& value_hash) {
    auto leaf = std::make_shared<Node>();
    leaf->hash = state_leaf_hash(path, value_hash);
    leaf->path = path;
    leaf->value_hash = value_hash;
    return leaf;
}

using Places = std::array<NodePointer, k_tree_arity>;

/// The subtree over these children, in its one canonical form.
NodePointer join(Places& places) {
    std::size_t count = 0;
    NodePointer* last = nullptr;
    for (NodePointer& place : places) {
        if (!place) continue;
        ++count;
        last = &place;
    }
    if (count == 0) return nullptr;
    if (count == 1 && (*last)->is_leaf()) return std::move(*last);
    auto node = std::make_shared<Node>();
    node->below.reserve(count);
    std::array<Hash, k_tree_arity> hashes;
    for (std::size_t i = 0; i < k_tree_arity; ++i) {
        if (!places[i]) continue;
        hashes[node->below.size()] = places[i]->hash;
        node->children = static_cast<std::uint16_t>(node->children | 1U << i);
        node->below.push_back(std::move(places[i]));
    }
    node->hash = state_node_hash(node->children, std::span(hashes).first(count));
    return node;
}

/// The subtree at `depth` after the changes, which ascend by path, each path once.
NodePointer update(NodePointer node, std::size_t depth, std::span<const Change> changes) {
    if (changes.empty()) return node;
    const bool is_leaf = node && node->is_leaf();
    if (!node || is_leaf) {
        if (changes.size() == 1 && (!node || node->path == changes[0].path)) {
            return changes[0].value_hash ? make_leaf(changes[0].path, *changes[0].value_hash) : nullptr;
        }
        if (is_leaf && changes.size() == 1 && !changes[0].value_hash)
            return node;  // erases what is not there
    }
    DURE_ASSERT(depth < k_max_tree_depth);
    Places places;
    if (is_leaf) {
        places[nibble_of(node->path, depth)] = std::move(node);
    } else if (node) {
        std::size_t next = 0;
        for (std::size_t i = 0; i < k_tree_arity; ++i) {
            if ((node->children >> i & 1) != 0) places[i] = node->below[next++];
        }
    }
    for (std::size_t i = 0; i < changes.size();) {
        const std::size_t nibble = nibble_of(changes[i].path, depth);
        std::size_t end = i + 1;
        while (end < changes.size() && nibble_of(changes[end].path, depth) == nibble)
            ++end;
        places[nibble] = update(std::move(places[nibble]), depth + 1, changes.subspan(i, end - i));
        i = end;
    }
    return join(places);
}

void sort_by_path(std::vector<Change>& changes) {
    std::sort(changes.begin(), changes.end(),
              [](const Change& a, const Change& b) { return a.path < b.path; });
}

}  // namespace

StateTree StateTree::build(const StateReader& state) {
    std::vector<Change> entries;
    state.scan({}, {}, [&](ByteView key, ByteView value) {
        entries.push_back({state_path(key), state_value_hash(value)});
        return true;
    });
    sort_by_path(entries);
    return StateTree(update(nullptr, 0, entries));
}

StateTree StateTree::with(const Changes& changes) const {
    std::vector<Change> hashed;
    hashed.reserve(changes.size());
    for (const auto& [key, value] : changes) {
        hashed.push_back({state_path(key), value ? std::optional(state_value_hash(*value)) : std::nullopt});
    }
    sort_by_path(hashed);
    return StateTree(update(top_, 0, hashed));
}

Hash StateTree::root() const {
    return top_ ? top_->hash : Hash{};
}

StateProof StateTree::prove(ByteView key) const {
    const Hash path = state_path(key);
    StateProof proof;
    const Node* node = top_.get();
    while (node != nullptr && !node->is_leaf()) {
        const auto own = static_cast<std::uint16_t>(1U << nibble_of(path, proof.levels.size()));
        const auto position =
            static_cast<std::size_t>(std::popcount(static_cast<std::uint16_t>(node->children & (own - 1U))));
        const Node* next = (node->children & own) != 0 ? node->below[position].get() : nullptr;
        ProofLevel level{.children = node->children, .siblings = {}};
        for (const NodePointer& child : node->below) {
            if (child.get() != next) level.siblings.push_back(child->hash);
        }
        proof.levels.push_back(std::move(level));
        node = next;
    }
    if (node != nullptr && node->path != path) proof.other = OtherLeaf{node->path, node->value_hash};
    return proof;
}

}  // namespace dure::ledger
