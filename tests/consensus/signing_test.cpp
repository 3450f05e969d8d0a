// The module that decides what may be signed, asked for everything in every order: it never gives evidence
// against itself.
#include <gtest/gtest.h>

#include <random>

#include "tests/consensus/bench.h"

namespace dure::consensus::test {
namespace {

using namespace protocol;

const sim::Keys k_keys = sim::make_keys({1}, false);
const Hash k_blocks[] = {Hash{{1}}, Hash{{2}}};

Signing make(bool may_sign = true) {
    return Signing(k_chain, k_epoch, k_keys.signers[0], may_sign);
}

JournalRecord record_of(const SignedVote& vote) {
    if (std::holds_alternative<Notarize>(vote.vote))
        return NotarizeRecord{.vote = vote, .block = std::nullopt};
    if (std::holds_alternative<Finalize>(vote.vote)) return FinalizeRecord{.vote = vote, .notarization = {}};
    return SkipRecord{vote};
}

/// One request drawn at random, for slots 1 to 3.
std::optional<SignedVote> ask(Signing& signing, std::mt19937_64& random) {
    const Slot slot{1 + random() % 3};
    const Hash& block = k_blocks[random() % 2];
    switch (random() % 3) {
        case 0:
            return signing.notarize(slot, block);
        case 1:
            return signing.finalize(slot, block);
        default:
            return signing.skip(slot);
    }
}

TEST(Signing, NeverContradictsItselfNotEvenAcrossRestarts) {
    for (std::uint64_t seed = 0; seed < 3000; ++seed) {
        std::mt19937_64 random(seed);
        Signing signing = make();
        std::vector<SignedVote> said;
        for (int request = 0; request < 30; ++request) {
            const auto vote = ask(signing, random);
            if (!vote) continue;
            for (const SignedVote& other : said) {
                ASSERT_FALSE(contradict(other.vote, vote->vote)) << "seed " << seed;
                ASSERT_NE(other.vote, vote->vote) << "nothing is signed twice";
            }
            said.push_back(*vote);
            if (random() % 5 != 0) continue;
            signing = make();
            for (const SignedVote& old : said)
                ASSERT_TRUE(signing.restore(record_of(old)));
        }
    }
}

TEST(Signing, OneProposalASlotAndNoneAfterASkip) {
    Signing signing = make();
    EXPECT_TRUE(signing.propose({1}, {}, k_blocks[0]));
    EXPECT_FALSE(signing.propose({1}, {}, k_blocks[1]));
    EXPECT_TRUE(signing.skip({2}));
    EXPECT_FALSE(signing.propose({2}, {}, k_blocks[0]));
    const ProposalClaim claim = *signing.slots().at({1}).proposal;
    Signing restored = make();
    ASSERT_TRUE(restored.restore(ProposedRecord{k_epoch, claim}));
    EXPECT_FALSE(restored.may_propose({1}));
    ProposalClaim other = claim;
    other.block = k_blocks[1];
    EXPECT_EQ(restored.restore(ProposedRecord{k_epoch, other}).error().code, ErrorCode::corrupt);
}

TEST(Signing, NothingBelowTheFloorAndNothingWithoutPermission) {
    Signing signing = make();
    ASSERT_TRUE(signing.restore(FloorRecord{k_epoch, {5}}));
    EXPECT_FALSE(signing.skip({5}));
    EXPECT_FALSE(signing.notarize({4}, k_blocks[0]));
    EXPECT_FALSE(signing.finalize({5}, k_blocks[0]));
    EXPECT_FALSE(signing.propose({5}, {}, k_blocks[0]));
    EXPECT_TRUE(signing.skip({6}));
    signing.raise_floor({2});
    EXPECT_FALSE(signing.skip({5})) << "floors only rise";
    Signing forbidden = make(false);
    EXPECT_FALSE(forbidden.skip({1}) || forbidden.notarize({1}, k_blocks[0]) ||
                 forbidden.finalize({1}, k_blocks[0]));
    EXPECT_FALSE(forbidden.propose({1}, {}, k_blocks[0]));
}

TEST(JournalRecord, ComesBackAsItWasAndHasAFixedEncoding) {
    Bench bench;
    const Block block = bench.block(1, k_root, 1);
    const std::vector<JournalRecord> records{
        ProposalRecord{bench.proposal(1, {Slot{0}, k_root}, block)},
        NotarizeRecord{.vote = bench.sign(0, Notarize{{1}, block_hash(block)}), .block = block},
        FinalizeRecord{.vote = bench.sign(0, Finalize{{1}, block_hash(block)}),
                       .notarization = bench.certificate(Notarize{{1}, block_hash(block)})},
        SkipRecord{bench.sign(0, Skip{{7}})},
        ProposedRecord{.epoch = k_epoch, .claim = claim_of(bench.proposal(1, {Slot{0}, k_root}, block))},
        FloorRecord{.epoch = {3}, .slot = {258}},
    };
    for (std::size_t kind = 0; kind < records.size(); ++kind) {
        const Bytes bytes = encode(records[kind]);
        EXPECT_EQ(bytes[0], kind) << "the tag";
        const auto decoded = decode<JournalRecord>(bytes);
        ASSERT_TRUE(decoded);
        EXPECT_EQ(*decoded, records[kind]);
        EXPECT_EQ(epoch_of(*decoded), k_epoch);
    }
    EXPECT_EQ(to_hex(encode(records[5])), "0503000000000000000201000000000000");
    EXPECT_EQ(to_hex(encode(records[3])).substr(0, 36), "030300000000000000020700000000000000");
}

}  // namespace
}  // namespace dure::consensus::test
