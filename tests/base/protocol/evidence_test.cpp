#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/protocol/vote.h"
#include "tests/support/codec_laws.h"

namespace dure::protocol {
namespace {

const Hash k_evidence_chain = sha256(as_bytes("chain"));
const Hash k_a = sha256(as_bytes("block a"));
const Hash k_b = sha256(as_bytes("block b"));
const SecretKey k_voter = SecretKey::from_seed("voter");
constexpr Epoch k_evidence_epoch{4};
constexpr Slot k_slot{9};

struct Pair {
    Vote first;
    Vote second;
    bool contradicts;
};

/// Every pair of kinds, for the same and for different blocks (rule 10 of consensus).
const Pair k_pairs[] = {
    {Notarize{k_slot, k_a}, Notarize{k_slot, k_a}, false},
    {Notarize{k_slot, k_a}, Notarize{k_slot, k_b}, true},
    {Finalize{k_slot, k_a}, Finalize{k_slot, k_a}, false},
    {Finalize{k_slot, k_a}, Finalize{k_slot, k_b}, true},
    {Notarize{k_slot, k_a}, Finalize{k_slot, k_a}, false},
    {Notarize{k_slot, k_a}, Finalize{k_slot, k_b}, true},
    {Skip{k_slot}, Skip{k_slot}, false},
    {Skip{k_slot}, Finalize{k_slot, k_a}, true},
    {Skip{k_slot}, Notarize{k_slot, k_a}, false},  // an honest voter notarizes, times out and skips
};

Vote moved(Vote vote) {
    std::visit([](auto& kind) { kind.slot = k_slot.next(); }, vote);
    return vote;
}

Evidence vote_evidence(const Vote& first, const Vote& second) {
    return VoteEvidence{sign_vote(k_evidence_chain, k_evidence_epoch, first, k_voter),
                        sign_vote(k_evidence_chain, k_evidence_epoch, second, k_voter)};
}

TEST(VoteEvidence, HoldsForExactlyThePairsThatNoHonestVoterSigns) {
    for (const Pair& pair : k_pairs) {
        EXPECT_EQ(contradict(pair.first, pair.second), pair.contradicts);
        EXPECT_EQ(contradict(pair.second, pair.first), pair.contradicts) << "the order does not matter";
        EXPECT_FALSE(contradict(pair.first, moved(pair.second))) << "another slot";
        const auto culprit = check_evidence(k_evidence_chain, vote_evidence(pair.first, pair.second));
        ASSERT_EQ(culprit.has_value(), pair.contradicts);
        if (culprit) {
            EXPECT_EQ(*culprit, k_voter.account());
        } else {
            EXPECT_EQ(culprit.error().code, ErrorCode::invalid);
        }
    }
}

TEST(VoteEvidence, NeedsOneVoterOneEpochAndBothSignatures) {
    const Vote a = Notarize{k_slot, k_a};
    const Vote b = Notarize{k_slot, k_b};
    const SignedVote first = sign_vote(k_evidence_chain, k_evidence_epoch, a, k_voter);
    EXPECT_EQ(
        check_evidence(k_evidence_chain, VoteEvidence{first, sign_vote(k_evidence_chain, k_evidence_epoch, b,
                                                                       SecretKey::from_seed("other"))})
            .error()
            .code,
        ErrorCode::invalid);
    EXPECT_EQ(
        check_evidence(k_evidence_chain,
                       VoteEvidence{first, sign_vote(k_evidence_chain, k_evidence_epoch.next(), b, k_voter)})
            .error()
            .code,
        ErrorCode::invalid);
    SignedVote forged = sign_vote(k_evidence_chain, k_evidence_epoch, b, SecretKey::from_seed("mallory"));
    forged.voter = k_voter.account();
    EXPECT_EQ(check_evidence(k_evidence_chain, VoteEvidence{first, forged}).error().code,
              ErrorCode::invalid_signature);
    EXPECT_EQ(check_evidence(k_evidence_chain, VoteEvidence{forged, first}).error().code,
              ErrorCode::invalid_signature);
    EXPECT_EQ(check_evidence(k_a, vote_evidence(a, b)).error().code, ErrorCode::invalid_signature)
        << "votes of another chain prove nothing here";
}

ProposalClaim claim(Slot slot, const BlockReference& parent, const Hash& block, const SecretKey& key) {
    return {.slot = slot,
            .parent = parent,
            .block = block,
            .signature = key.sign(proposal_digest(k_evidence_chain, k_evidence_epoch, slot, parent, block))};
}

TEST(ProposalEvidence, HoldsForTwoDifferentProposalsOfOneSlot) {
    const BlockReference parent{{8}, k_a};
    const BlockReference other_parent{{7}, k_a};
    const ProposalClaim first = claim(k_slot, parent, k_a, k_voter);
    const auto check = [&](const ProposalClaim& second, const SecretKey& leader = k_voter) {
        return check_evidence(
            k_evidence_chain,
            ProposalEvidence{
                .epoch = k_evidence_epoch, .leader = leader.account(), .first = first, .second = second});
    };
    EXPECT_EQ(check(claim(k_slot, parent, k_b, k_voter)).value(), k_voter.account());
    EXPECT_EQ(check(claim(k_slot, other_parent, k_a, k_voter)).value(), k_voter.account())
        << "one block on two parents";
    EXPECT_EQ(check(first).error().code, ErrorCode::invalid);
    EXPECT_EQ(check(claim(k_slot.next(), parent, k_b, k_voter)).error().code, ErrorCode::invalid)
        << "a block may be proposed again in a later slot";
    EXPECT_EQ(check(claim(k_slot, parent, k_b, SecretKey::from_seed("other"))).error().code,
              ErrorCode::invalid_signature);
    EXPECT_EQ(check(claim(k_slot, parent, k_b, k_voter), SecretKey::from_seed("other")).error().code,
              ErrorCode::invalid_signature);
}

TEST(ProposalEvidence, ASecondSignatureOfTheSameProposalProvesNothing) {
    const BlockReference parent{{8}, k_a};
    const ProposalClaim first = claim(k_slot, parent, k_a, k_voter);
    ProposalClaim second = first;
    second.signature =
        k_voter.sign(proposal_digest(k_evidence_chain, k_evidence_epoch, k_slot, parent, k_a), {1});
    EXPECT_FALSE(
        check_evidence(k_evidence_chain, ProposalEvidence{k_evidence_epoch, k_voter.account(), first, second})
            .has_value());
}

RC_GTEST_PROP(Evidence, AnyBytesProveNothing, ()) {
    RC_ASSERT(!check_evidence(k_evidence_chain, test::any_value<Evidence>()).has_value());
}

TEST(Evidence, FollowsTheCodecsLaws) {
    test::check_codec_laws<Evidence>();
}

}  // namespace
}  // namespace dure::protocol
