// The authenticated form of the state: a compact 16-ary sparse Merkle tree in memory. It is a cache: it can
// be rebuilt from the flat state at any time, and its root is a pure function of the entries, whatever their
// order.
//
// An entry's path is the tagged hash of its key, walked four bits a level. A subtree of no entries is
// nothing, of one entry its leaf, of more a node:
//   path = H("dure/state/key", key)                       leaf = H("dure/state/leaf", path ‖ H("dure/state/value", value))
//   node = H("dure/state/node", u16 bitmap of the children that are there, lowest nibble first ‖ their hashes
//   in order)
// The root of the empty state is 32 zero bytes.
//
// A tree is a value: `with` returns the tree after some changes and leaves this one as it is; the two share
// every node that did not change. So the roots of several branches of not yet final blocks stand beside each
// other at the cost of their differences.
#pragma once

#include <memory>

#include "base/hash.h"
#include "ledger/state/proof.h"
#include "ledger/state/reader.h"

namespace dure::ledger {

class StateTree {
  public:
    /// The tree of the empty state.
    StateTree() = default;
    static StateTree build(const StateReader& state);

    StateTree with(const Changes& changes) const;
    Hash root() const;
    /// Shows that the key has the value it has, or that it has none.
    StateProof prove(ByteView key) const;

    struct Node;

  private:
    explicit StateTree(std::shared_ptr<const Node> top) : top_(std::move(top)) {}
    std::shared_ptr<const Node> top_;
};

}  // namespace dure::ledger
