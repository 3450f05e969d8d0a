// The authenticated tree against a plain recursive definition of its root, and its proofs.
#include <gtest/gtest.h>

#include <map>

#include "ledger/state/memory_state.h"
#include "ledger/state/overlay.h"
#include "ledger/state/tree.h"
#include "tests/ledger/random.h"

namespace dure::ledger::testing {
namespace {

using Entries = std::map<Bytes, Bytes>;

/// The root by its definition: of no entries zero, of one its leaf, of more the node over sixteen subtrees.
Hash naive_root(const std::map<Hash, Hash>& leaves, std::size_t depth = 0) {
    if (leaves.empty()) return {};
    if (leaves.size() == 1) return state_leaf_hash(leaves.begin()->first, leaves.begin()->second);
    std::vector<Hash> hashes;
    std::uint16_t children = 0;
    for (unsigned nibble = 0; nibble < 16; ++nibble) {
        std::map<Hash, Hash> part;
        for (const auto& [path, value] : leaves) {
            if (nibble_of(path, depth) == nibble) part.emplace(path, value);
        }
        if (part.empty()) continue;
        children = static_cast<std::uint16_t>(children | 1U << nibble);
        hashes.push_back(naive_root(part, depth + 1));
    }
    return state_node_hash(children, hashes);
}

Hash naive_root_of(const Entries& entries) {
    std::map<Hash, Hash> leaves;
    for (const auto& [key, value] : entries)
        leaves.emplace(state_path(key), state_value_hash(value));
    return naive_root(leaves);
}

Bytes random_bytes_of(Random& random, std::size_t most) {
    Bytes bytes(static_cast<std::size_t>(random.below(most)));
    for (auto& byte : bytes)
        byte = static_cast<std::uint8_t>(random.below(256));
    return bytes;
}

Bytes small_key(Random& random, std::uint64_t keys) {
    return {1, static_cast<std::uint8_t>(random.below(keys)), static_cast<std::uint8_t>(random.below(4))};
}

void apply_to(Entries& entries, const Changes& changes) {
    for (const auto& [key, value] : changes) {
        if (value) {
            entries[key] = *value;
        } else {
            entries.erase(key);
        }
    }
}

Changes random_changes(Random& random, std::size_t most, std::uint64_t keys) {
    Changes changes;
    for (std::uint64_t i = random.below(most); i > 0; --i) {
        Bytes key = small_key(random, keys);
        changes[key] = random.one_in(3) ? std::nullopt : std::optional(random_bytes_of(random, 20));
    }
    return changes;
}

TEST(StateTree, TheRootIsThatOfItsDefinition) {
    for (std::uint64_t seed = 0; seed < 30 * test_scale(); ++seed) {
        Random random(seed);
        Entries entries;
        StateTree tree;
        for (int step = 0; step < 12; ++step) {
            const Changes changes = random_changes(random, 60, 40);
            apply_to(entries, changes);
            tree = tree.with(changes);
            ASSERT_EQ(tree.root(), naive_root_of(entries)) << "seed " << seed;
        }
        MemoryState state;
        Changes all;
        for (const auto& [key, value] : entries)
            all[key] = value;
        state.apply(all);
        EXPECT_EQ(StateTree::build(state).root(), tree.root());
    }
}

TEST(StateTree, AnEmptiedTreeIsTheEmptyTree) {
    StateTree tree;
    EXPECT_TRUE(tree.root().is_zero());
    Changes in;
    Changes out;
    for (std::uint8_t i = 0; i < 200; ++i) {
        in[{i}] = Bytes{i};
        out[{i}] = std::nullopt;
    }
    EXPECT_TRUE(tree.with(in).with(out).root().is_zero());
    EXPECT_TRUE(tree.with(out).root().is_zero());
}

TEST(StateTree, BranchesStandBesideEachOther) {
    Changes base{{{1}, Bytes{1}}, {{2}, Bytes{2}}};
    const StateTree parent = StateTree().with(base);
    const Hash root = parent.root();
    const StateTree left = parent.with({{{3}, Bytes{3}}});
    const StateTree right = parent.with({{{1}, std::nullopt}});
    EXPECT_EQ(parent.root(), root);
    EXPECT_NE(left.root(), right.root());
    EXPECT_EQ(left.with({{{3}, std::nullopt}}).root(), root);
    EXPECT_EQ(right.with({{{1}, Bytes{1}}}).root(), root);
}

TEST(StateTree, PresenceAndAbsenceAreProven) {
    for (std::uint64_t seed = 0; seed < 20 * test_scale(); ++seed) {
        Random random(seed);
        Entries entries;
        const Changes changes = random_changes(random, 300, 100);
        apply_to(entries, changes);
        const StateTree tree = StateTree().with(changes);
        for (int i = 0; i < 100; ++i) {
            const Bytes key = small_key(random, 120);
            const StateProof proof = tree.prove(key);
            const auto found = entries.find(key);
            const std::optional<Bytes> value =
                found == entries.end() ? std::nullopt : std::optional(found->second);
            ASSERT_TRUE(verify_state_proof(tree.root(), key, value, proof));
            EXPECT_EQ(*decode<StateProof>(encode(proof)), proof);
            // Nothing else can be shown with it.
            Bytes other = value.value_or(Bytes{});
            other.push_back(0);
            EXPECT_FALSE(verify_state_proof(tree.root(), key, other, proof));
            if (value) {
                EXPECT_FALSE(verify_state_proof(tree.root(), key, std::nullopt, proof));
            }
            Hash wrong = tree.root();
            wrong.bytes[5] ^= 1;
            EXPECT_FALSE(verify_state_proof(wrong, key, value, proof));
        }
    }
}

TEST(StateTree, ABentProofProvesNothing) {
    Random random(3);
    Entries entries;
    const Changes changes = random_changes(random, 400, 200);
    apply_to(entries, changes);
    const StateTree tree = StateTree().with(changes);
    std::size_t lies = 0;
    for (int i = 0; i < 4'000; ++i) {
        const Bytes key = small_key(random, 220);
        Bytes bytes = encode(tree.prove(key));
        const std::size_t place = static_cast<std::size_t>(random.below(bytes.size()));
        bytes[place] = static_cast<std::uint8_t>(bytes[place] ^ (1U << random.below(8)));
        const auto bent = decode<StateProof>(bytes);
        if (!bent) continue;
        const auto found = entries.find(key);
        const bool is_present = found != entries.end();
        // The opposite of the truth must never be shown.
        if (verify_state_proof(tree.root(), key, is_present ? std::nullopt : std::optional(Bytes{1}), *bent))
            ++lies;
    }
    EXPECT_EQ(lies, 0U);
}

TEST(StateTree, ALeafOfAnotherKeyProvesAbsenceOnlyOnTheSameWay) {
    const StateTree tree = StateTree().with({{{1}, Bytes{1}}});
    const StateProof absence = tree.prove(Bytes{2});
    EXPECT_TRUE(absence.levels.empty());
    ASSERT_TRUE(absence.other.has_value());
    EXPECT_TRUE(verify_state_proof(tree.root(), Bytes{2}, std::nullopt, absence));
    EXPECT_FALSE(verify_state_proof(tree.root(), Bytes{1}, std::nullopt, absence));
    EXPECT_TRUE(verify_state_proof(Hash{}, Bytes{1}, std::nullopt, StateProof{}));
    EXPECT_FALSE(verify_state_proof(tree.root(), Bytes{2}, std::nullopt, StateProof{}));
}

/// What a scan gives, as a list.
std::vector<std::pair<Bytes, Bytes>> listed(const StateReader& state, const Bytes& prefix, const Bytes& from,
                                            std::size_t most) {
    std::vector<std::pair<Bytes, Bytes>> found;
    state.scan(prefix, from, [&](ByteView key, ByteView value) {
        found.emplace_back(to_bytes(key), to_bytes(value));
        return found.size() < most;
    });
    return found;
}

TEST(Overlay, ReadsAndScansAsIfTheChangesWereApplied) {
    for (std::uint64_t seed = 0; seed < 200 * test_scale(); ++seed) {
        Random random(seed);
        MemoryState base;
        MemoryState merged;
        const Changes first = random_changes(random, 40, 12);
        base.apply(first);
        merged.apply(first);
        Overlay lower(base);
        Overlay upper = Overlay::on(lower);
        for (Overlay* overlay : {&lower, &upper}) {
            const Changes changes = random_changes(random, 40, 12);
            overlay->apply(changes);
            merged.apply(changes);
        }
        for (int i = 0; i < 20; ++i) {
            const Bytes key = small_key(random, 14);
            ASSERT_EQ(upper.get(key), merged.get(key));
            const Bytes prefix(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(random.below(3)));
            const Bytes from = random.one_in(2) ? Bytes{} : small_key(random, 14);
            const std::size_t most = 1 + static_cast<std::size_t>(random.below(30));
            ASSERT_EQ(listed(upper, prefix, from, most), listed(merged, prefix, from, most))
                << "seed " << seed;
        }
    }
}

}  // namespace
}  // namespace dure::ledger::testing
