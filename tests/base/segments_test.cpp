#include "base/segments.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/merkle.h"

namespace dure {
namespace {

const StateRoots k_roots{sha256(as_bytes("parameters")), sha256(as_bytes("first")),
                         sha256(as_bytes("second"))};
const Hash k_secret = sha256(as_bytes("secret"));

// Computed by a program of its own from docs/protocol/rounds-training.md, section 3.
TEST(Segments, HashesAreTheDocuments) {
    const Hash state = state_hash(k_roots);
    EXPECT_EQ(state.hex(), "d188b2e19399a27ee15f7c301c9cb502bb4ca8ad68466312b5eb4e76c9e89094");
    EXPECT_EQ(not_finite_state(7, state).hex(),
              "e7b5a29cb07bd2d1a3346bd442a5facc2e6a1869dc906f3bd995b065a181653c");
    EXPECT_EQ(segment_salt(k_secret, 2).hex(),
              "a5150c3bb681a4116294c225ce13cf62d9dc042b4d432428131b093be8803d3d");
    EXPECT_EQ(segment_leaf(segment_salt(k_secret, 0), state).hex(),
              "3d2dcd4a6ffa9b56f88994104a9b2e09068f3128b2ef638999dff5adb1cdcd0c");
}

TEST(Segments, EachOpeningIsProvenUnderTheRootByItsSaltAndState) {
    std::vector<Hash> states;
    for (std::uint8_t i = 0; i < 9; ++i)
        states.push_back(sha256(Bytes{i}));
    const Hash root = segment_root(k_secret, states);
    const std::vector<Hash> leaves = segment_leaves(k_secret, states);
    for (std::uint32_t i = 0; i < states.size(); ++i) {
        const MerkleProof proof = merkle_prove(leaves, i);
        EXPECT_TRUE(merkle_verify(root, segment_leaf(segment_salt(k_secret, i), states[i]), proof));
        EXPECT_FALSE(merkle_verify(root, segment_leaf(segment_salt(k_secret, i + 1), states[i]), proof));
    }
    // Equal states do not show as equal leaves.
    const std::vector<Hash> twice = segment_leaves(k_secret, std::vector<Hash>{states[0], states[0]});
    EXPECT_NE(twice[0], twice[1]);
}

RC_GTEST_PROP(Segments, OneFlippedBitOfAnyRootStateOrSecretChangesTheRoot, (std::uint32_t bit)) {
    const std::size_t byte = bit / 8 % 32;
    const auto mask = static_cast<std::uint8_t>(1U << bit % 8);
    const std::vector<Hash> states{state_hash(k_roots), not_finite_state(3, state_hash(k_roots))};
    const Hash root = segment_root(k_secret, states);
    for (Hash StateRoots::*array :
         {&StateRoots::parameters, &StateRoots::first_moment, &StateRoots::second_moment}) {
        StateRoots roots = k_roots;
        (roots.*array).bytes[byte] ^= mask;
        RC_ASSERT(state_hash(roots) != states[0]);
    }
    for (std::size_t i = 0; i < states.size(); ++i) {
        std::vector<Hash> other = states;
        other[i].bytes[byte] ^= mask;
        RC_ASSERT(segment_root(k_secret, other) != root);
    }
    Hash secret = k_secret;
    secret.bytes[byte] ^= mask;
    RC_ASSERT(segment_root(secret, states) != root);
}

RC_GTEST_PROP(Segments, CoverEveryStepOnce, ()) {
    const auto steps = *rc::gen::inRange<std::uint32_t>(1, 5000);
    const auto segment_steps = *rc::gen::inRange<std::uint32_t>(1, 5000);
    const std::uint32_t segments = segments_in(steps, segment_steps);
    RC_ASSERT(segments >= 1U);
    RC_ASSERT(boundary_step(steps, segment_steps, 0) == 0U);
    RC_ASSERT(boundary_step(steps, segment_steps, segments) == steps);
    for (std::uint32_t i = 0; i < segments; ++i) {
        const std::uint32_t length =
            boundary_step(steps, segment_steps, i + 1) - boundary_step(steps, segment_steps, i);
        RC_ASSERT(length >= 1U);
        RC_ASSERT(length == segment_steps || i + 1 == segments);
        RC_ASSERT(length <= segment_steps);
    }
}

}  // namespace
}  // namespace dure
