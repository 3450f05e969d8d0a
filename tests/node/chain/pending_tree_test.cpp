#include "node/chain/pending_tree.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dure::test {
namespace {

using node::PendingTree;

std::shared_ptr<const ledger::Changes> some_changes(std::uint64_t seed, std::size_t count) {
    auto changes = std::make_shared<ledger::Changes>();
    for (std::size_t i = 0; i < count; ++i) {
        const Bytes key = to_bytes(as_bytes("key " + std::to_string((seed * 7 + i) % 9'000)));
        if (i % 11 == seed % 11)
            changes->emplace(key, std::nullopt);
        else
            changes->emplace(key, to_bytes(as_bytes("value " + std::to_string(seed * 100'000 + i))));
    }
    return changes;
}

TEST(PendingTree, IsTheTreeThatWouldHaveBeenMadeAtOnce) {
    ledger::StateTree expected;
    PendingTree tree{ledger::StateTree()};
    std::vector<Hash> roots;
    std::vector<PendingTree> trees;  // nobody waits for one before the next is begun
    std::uint64_t seed = 0;
    for (const std::size_t count : {10U, 3'000U, 5'000U, 1U, 999U, 1'000U, 4'000U}) {
        const auto changes = some_changes(++seed, count);
        expected = expected.with(*changes);
        roots.push_back(expected.root());
        trees.push_back(tree = tree.with(changes));
    }
    for (std::size_t i = trees.size(); i-- > 0;)
        EXPECT_EQ(trees[i].root(), roots[i]) << i;
}

TEST(PendingTree, TwoMayBeMadeOfOne) {
    const PendingTree parent = PendingTree(ledger::StateTree()).with(some_changes(1, 3'000));
    const PendingTree left = parent.with(some_changes(2, 3'000));
    const PendingTree right = parent.with(some_changes(3, 3'000));
    EXPECT_EQ(right.root(), parent.get().with(*some_changes(3, 3'000)).root());
    EXPECT_EQ(left.root(), parent.get().with(*some_changes(2, 3'000)).root());
    EXPECT_NE(left.root(), right.root());
}

TEST(PendingTree, MayGoBeforeItIsMade) {
    const auto changes = some_changes(4, 5'000);
    { const PendingTree dropped = PendingTree(ledger::StateTree()).with(changes); }
    EXPECT_EQ(changes.use_count(), 1);
}

}  // namespace
}  // namespace dure::test
