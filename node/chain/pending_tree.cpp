#include "node/chain/pending_tree.h"

namespace dure::node {

namespace {

/// Hashing so many costs some milliseconds, starting a thread some tens of microseconds.
constexpr std::size_t k_changes_worth_a_thread = 1'000;

std::shared_future<ledger::StateTree> ready(ledger::StateTree tree) {
    std::promise<ledger::StateTree> promise;
    promise.set_value(std::move(tree));
    return promise.get_future().share();
}

}  // namespace

PendingTree::PendingTree(ledger::StateTree tree) : tree_(ready(std::move(tree))) {}

PendingTree PendingTree::with(std::shared_ptr<const ledger::Changes> changes) const {
    if (changes->size() < k_changes_worth_a_thread) return PendingTree(get().with(*changes));
    auto make = [before = tree_, changes = std::move(changes)] { return before.get().with(*changes); };
    return PendingTree(std::async(std::launch::async, std::move(make)).share());
}

}  // namespace dure::node
