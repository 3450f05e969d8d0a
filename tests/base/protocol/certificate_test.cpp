#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "base/protocol/vote.h"
#include "tests/support/codec_laws.h"

namespace dure::protocol {
namespace {

const Hash k_chain = sha256(as_bytes("chain"));
constexpr Epoch k_epoch{4};
const Vote k_vote = Notarize{{9}, sha256(as_bytes("block"))};

/// Validators with their keys, in the order of the set.
struct Committee {
    std::vector<SecretKey> keys;
    ValidatorSet set;

    explicit Committee(const std::vector<std::uint64_t>& weights) {
        for (std::size_t i = 0; i < weights.size(); ++i)
            keys.push_back(SecretKey::from_seed("validator " + std::to_string(i)));
        std::sort(keys.begin(), keys.end(),
                  [](const SecretKey& a, const SecretKey& b) { return a.account() < b.account(); });
        for (std::size_t i = 0; i < weights.size(); ++i)
            set.validators.push_back({keys[i].account(), weights[i]});
    }
    Certificate certificate(const std::vector<std::size_t>& signers, const Vote& vote = k_vote) const {
        std::vector<SignedVote> votes;
        for (const std::size_t i : signers)
            votes.push_back(sign_vote(k_chain, k_epoch, vote, keys[i]));
        return make_certificate(k_epoch, vote, set, votes);
    }
};

ErrorCode error_of(const Status& status) {
    return status.has_value() ? ErrorCode::internal : status.error().code;
}

TEST(SignedVote, BindsChainEpochKindSlotAndBlock) {
    const SecretKey key = SecretKey::from_seed("voter");
    const Hash block = sha256(as_bytes("block"));
    const SignedVote signed_vote = sign_vote(k_chain, k_epoch, k_vote, key);
    EXPECT_TRUE(check_vote(k_chain, signed_vote).has_value());
    EXPECT_FALSE(check_vote(block, signed_vote).has_value());
    const auto expect_refused = [&](auto change) {
        SignedVote altered = signed_vote;
        change(altered);
        EXPECT_EQ(error_of(check_vote(k_chain, altered)), ErrorCode::invalid_signature);
    };
    expect_refused([](SignedVote& vote) { vote.epoch = {5}; });
    expect_refused([&](SignedVote& vote) { vote.vote = Finalize{{9}, block}; });
    expect_refused([&](SignedVote& vote) { vote.vote = Notarize{{10}, block}; });
    expect_refused([&](SignedVote& vote) { vote.vote = Notarize{{9}, k_chain}; });
    expect_refused([](SignedVote& vote) { vote.vote = Skip{{9}}; });
    expect_refused([](SignedVote& vote) { vote.voter = SecretKey::from_seed("other").account(); });
}

TEST(Certificate, NeedsMoreThanTwoThirdsOfTheWeight) {
    const Committee equal({1, 1, 1, 1});
    EXPECT_TRUE(check_certificate(k_chain, equal.set, equal.certificate({0, 1, 2})).has_value());
    EXPECT_TRUE(check_certificate(k_chain, equal.set, equal.certificate({3, 1, 0, 2})).has_value())
        << "votes in any order";
    EXPECT_EQ(error_of(check_certificate(k_chain, equal.set, equal.certificate({0, 1}))),
              ErrorCode::insufficient);
    const Committee thirds({10, 10, 10});
    EXPECT_EQ(error_of(check_certificate(k_chain, thirds.set, thirds.certificate({0, 2}))),
              ErrorCode::insufficient)
        << "exactly two thirds";
    const Committee weighted({1, 1, 1, 7});
    EXPECT_TRUE(check_certificate(k_chain, weighted.set, weighted.certificate({3})).has_value())
        << "weights count, not heads";
    EXPECT_EQ(error_of(check_certificate(k_chain, weighted.set, weighted.certificate({0, 1, 2}))),
              ErrorCode::insufficient);
}

TEST(Certificate, ItsBitmapHasOneForm) {
    const Committee nine(std::vector<std::uint64_t>(9, 1));
    const Certificate good = nine.certificate({0, 1, 2, 3, 4, 5, 8});
    ASSERT_TRUE(check_certificate(k_chain, nine.set, good).has_value());
    ASSERT_EQ(good.signers.size(), 2U);
    const auto expect_malformed = [&](auto change) {
        Certificate altered = good;
        change(altered);
        EXPECT_EQ(error_of(check_certificate(k_chain, nine.set, altered)), ErrorCode::malformed);
    };
    expect_malformed([](Certificate& c) { c.signers.push_back(0); });
    expect_malformed([](Certificate& c) { c.signers.pop_back(); });
    expect_malformed([](Certificate& c) { c.signers.clear(); });
    expect_malformed([](Certificate& c) {
        c.signers[1] = static_cast<std::uint8_t>(c.signers[1] | 2);
    });  // validator 9 of 9
    expect_malformed([](Certificate& c) {
        c.signers[0] = static_cast<std::uint8_t>(c.signers[0] | 64);
    });  // one signature too few
    expect_malformed([](Certificate& c) { c.signatures.pop_back(); });
    expect_malformed([](Certificate& c) { c.signatures.push_back(c.signatures.back()); });
    expect_malformed([](Certificate& c) {
        c.signers[1] = static_cast<std::uint8_t>((c.signers[1] & 1) << 1);
    });  // moved behind the end
}

TEST(Certificate, EverySignatureIsChecked) {
    const Committee four({1, 1, 1, 1});
    const Certificate good = four.certificate({0, 1, 3});
    const auto expect_refused = [&](auto change) {
        Certificate altered = good;
        change(altered);
        EXPECT_EQ(error_of(check_certificate(k_chain, four.set, altered)), ErrorCode::invalid_signature);
    };
    for (std::size_t i = 0; i < good.signatures.size(); ++i) {
        expect_refused([i](Certificate& c) { c.signatures[i].bytes[40] ^= 1; });
    }
    expect_refused([](Certificate& c) { std::swap(c.signatures[0], c.signatures[1]); });
    expect_refused([](Certificate& c) { c.signatures[2] = c.signatures[0]; });
    expect_refused([](Certificate& c) { c.signers[0] = 7; });  // 0, 1, 2 instead of 0, 1, 3
    expect_refused([](Certificate& c) { c.epoch = c.epoch.next(); });
    expect_refused([](Certificate& c) { c.vote = Finalize{slot_of(c.vote), *block_of(c.vote)}; });
    EXPECT_FALSE(check_certificate(Hash{}, four.set, good).has_value());
    EXPECT_FALSE(check_certificate(k_chain, Committee({1, 1, 1, 1, 1}).set, good).has_value());
}

RC_GTEST_PROP(Certificate, IsAcceptedExactlyFromAQuorum, ()) {
    std::vector<std::uint64_t> weights;
    std::vector<std::size_t> signers;
    std::uint64_t weight = 0;
    for (std::size_t count = *rc::gen::inRange<std::size_t>(1, 12), i = 0; i < count; ++i) {
        weights.push_back(*rc::gen::inRange<std::uint64_t>(1, 10));
        if (*rc::gen::inRange(0, 4) == 0) continue;
        signers.push_back(i);
        weight += weights[i];
    }
    const Committee committee(weights);
    const Certificate certificate = committee.certificate(signers);
    RC_ASSERT(check_certificate(k_chain, committee.set, certificate).has_value() ==
              committee.set.is_quorum(weight));
    RC_ASSERT(decode<Certificate>(encode(certificate)).value() == certificate);
}

RC_GTEST_PROP(Certificate, AnyBytesMayBeGiven, ()) {
    static const Committee four({1, 1, 1, 1});
    RC_ASSERT(!check_certificate(k_chain, four.set, test::any_value<Certificate>()).has_value());
}

TEST(Certificate, FollowsTheCodecsLaws) {
    test::check_codec_laws<Vote>();
    test::check_codec_laws<SignedVote>();
    test::check_codec_laws<Certificate>();
    test::check_codec_laws<Proposal>();
}

TEST(Proposal, ItsDigestBindsEachPart) {
    const Hash a = sha256(as_bytes("a"));
    const Hash b = sha256(as_bytes("b"));
    std::vector<Hash> digests{
        proposal_digest(a, {1}, {2}, {{1}, a}, b), proposal_digest(b, {1}, {2}, {{1}, a}, b),
        proposal_digest(a, {2}, {2}, {{1}, a}, b), proposal_digest(a, {1}, {3}, {{1}, a}, b),
        proposal_digest(a, {1}, {2}, {{0}, a}, b), proposal_digest(a, {1}, {2}, {{1}, b}, b),
        proposal_digest(a, {1}, {2}, {{1}, a}, a)};
    std::sort(digests.begin(), digests.end());
    EXPECT_EQ(std::unique(digests.begin(), digests.end()), digests.end());
}

}  // namespace
}  // namespace dure::protocol
