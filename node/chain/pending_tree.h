// A state's tree that may still be in the making on a thread of its own: no header needs the root after a block before the
// next block is made, so making a block durable need not wait for it.
//
// Promises: what `get` returns does not depend on which thread made it, or when.
#pragma once

#include <future>
#include <memory>

#include "ledger/state/reader.h"
#include "ledger/state/tree.h"

namespace dure::node {

class PendingTree {
  public:
    explicit PendingTree(ledger::StateTree tree);
    /// The tree after these changes. Few are made at once, more on a thread that lives until they are done.
    PendingTree with(std::shared_ptr<const ledger::Changes> changes) const;

    /// Waits until it is there.
    const ledger::StateTree& get() const { return tree_.get(); }
    Hash root() const { return get().root(); }

  private:
    explicit PendingTree(std::shared_future<ledger::StateTree> tree) : tree_(std::move(tree)) {}
    std::shared_future<ledger::StateTree> tree_;
};

}  // namespace dure::node
