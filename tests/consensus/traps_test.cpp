// The known traps of Simplex in practice, each by name. The rules are those at the top of
// consensus/simplex.h.
#include <gtest/gtest.h>

#include "tests/consensus/bench.h"

namespace dure::consensus::test {
namespace {

using namespace protocol;

/// A bench in a slot that another validator leads, and that leader's block on the root.
struct Follower : Bench {
    explicit Follower(bool persist_at_once = true) {
        persists = persist_at_once;
        slot = slot_led(false);
        skip_to(slot);
        first = block(slot, k_root, 1);
        hash = block_hash(first);
        effects.clear();
    }
    void propose() { hear(leader_of(slot), proposal(slot, {Slot{0}, k_root}, first)); }

    std::uint64_t slot;
    Block first;
    Hash hash;
};

TEST(KnownTrap, OwnVotesMissingAfterReplay) {
    Follower bench;
    bench.propose();
    ASSERT_TRUE(bench.voted(Notarize{{bench.slot}, bench.hash}));
    const std::vector<Bytes> records = bench.journal;
    bench.open(records);
    bench.skip_to(bench.slot);
    EXPECT_TRUE(bench.voted(Notarize{{bench.slot}, bench.hash})) << "own votes go out again";
    // Two more votes make the quorum only together with the own one from before the restart.
    bench.vote(1, Notarize{{bench.slot}, bench.hash});
    EXPECT_EQ(bench.core->current_slot(), Slot{bench.slot});
    bench.vote(2, Notarize{{bench.slot}, bench.hash});
    EXPECT_EQ(bench.core->current_slot(), Slot{bench.slot + 1});
}

TEST(KnownTrap, ReplayNeverSignsTheOppositeOfWhatWasSigned) {
    Follower bench;
    bench.propose();
    bench.others_vote(Notarize{{bench.slot}, bench.hash});
    ASSERT_TRUE(bench.voted(Finalize{{bench.slot}, bench.hash}));
    bench.open(std::vector<Bytes>(bench.journal));
    bench.skip_to(bench.slot);
    bench.wait(Duration{100'000});
    EXPECT_FALSE(bench.voted(Skip{{bench.slot}}));
    EXPECT_EQ(bench.core->current_slot(), Slot{bench.slot + 1})
        << "the record of the finalize vote brought its notarization";
}

TEST(KnownTrap, LateNotarizationAfterSkip) {
    Follower bench;
    bench.wait(Duration{100'000});
    ASSERT_TRUE(bench.voted(Skip{{bench.slot}}));
    bench.propose();
    EXPECT_FALSE(bench.voted(Notarize{{bench.slot}, bench.hash})) << "a late proposal";
    bench.others_vote(Skip{{bench.slot}});
    ASSERT_EQ(bench.core->current_slot(), Slot{bench.slot + 1});
    bench.others_vote(Notarize{{bench.slot}, bench.hash});  // late: the slot ended in a skip here
    EXPECT_FALSE(bench.voted(Finalize{{bench.slot}, bench.hash})) << "rule 4: this node skipped the slot";
    // Yet the block is notarized, and whoever extends it is right; so does this node when it leads.
    const std::uint64_t next = bench.slot_led(true, bench.slot + 1);
    bench.skip_to(next);
    const auto builds = bench.all<BuildBlock>();
    ASSERT_FALSE(builds.empty());
    EXPECT_EQ(builds.back().parent, (BlockReference{{bench.slot}, bench.hash}))
        << "rule 2: the newest notarized block";
}

TEST(KnownTrap, AProposalOnANotarizedBlockIsGoodEvenWhereThisNodeHoldsTheSkip) {
    Follower bench;
    bench.propose();
    bench.others_vote(Skip{{bench.slot}});
    const std::uint64_t next = bench.slot_led(false, bench.slot + 1);
    bench.skip_to(next);
    const Block second = bench.block(next, bench.hash, 2);
    bench.hear(bench.leader_of(next), bench.proposal(next, {{bench.slot}, bench.hash}, second));
    EXPECT_TRUE(bench.voted(Notarize{{next}, block_hash(second)}));
}

TEST(KnownTrap, BackOffIsNotResetByASkipFreeWindow) {
    Pace pace({.delta = Duration{100}, .min_block_interval = Duration{0}});
    Time now{Duration{5'000}};
    pace.start(now);
    Duration before = pace.advance_deadline() - pace.opened();
    EXPECT_EQ(before, Duration{300});
    for (int slot = 0; slot < 50; ++slot) {  // each slot is notarized at once, none becomes final
        now += Duration{400};
        pace.saw_block(now);
        pace.enter_slot(now);
        const Duration after = pace.advance_deadline() - pace.opened();
        EXPECT_GT(after, before);
        before = after;
    }
    now += Duration{1'000'000};
    pace.enter_slot(now);
    EXPECT_EQ(pace.advance_deadline() - pace.opened(), 3 * k_max_backoff * Duration{100})
        << "but it is bounded";
    pace.finalized(now);
    pace.enter_slot(now);
    EXPECT_EQ(pace.advance_deadline() - pace.opened(), Duration{300});
}

TEST(KnownTrap, ATornRecordIsNoRecord) {
    Follower bench;
    bench.propose();
    ASSERT_FALSE(bench.journal.empty());
    for (std::size_t bytes = 0; bytes < bench.journal.back().size(); ++bytes) {
        std::vector<Bytes> records = bench.journal;
        records.back().resize(bytes);
        const auto opened = Simplex::open(bench.config(), {}, records);
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
    }
}

TEST(KnownTrap, BlocksAreKnownByHashAndNotBySlot) {
    Follower bench;
    const Block other = bench.block(bench.slot, k_root, 1, 1);
    bench.propose();  // the leader's words to this node; the rest of the network hears `other`
    ASSERT_TRUE(bench.voted(Notarize{{bench.slot}, bench.hash}));
    bench.others_vote(Notarize{{bench.slot}, block_hash(other)});
    EXPECT_FALSE(bench.voted(Finalize{{bench.slot}, block_hash(other)}))
        << "rule 4: another block notarized here";
    bench.others_vote(Finalize{{bench.slot}, block_hash(other)});
    EXPECT_TRUE(bench.all<Commit>().empty()) << "the block that is here is not the final one";
    bench.wait(Duration{100});
    ASSERT_EQ(bench.all<FetchBlock>().size(), 1u);
    EXPECT_EQ(bench.all<FetchBlock>().front().hash, block_hash(other));
    bench.step(BlockFetched{other});
    ASSERT_EQ(bench.all<Commit>().size(), 1u);
    EXPECT_EQ(*bench.all<Commit>().front().blocks.front(), other);
}

TEST(KnownTrap, ASyncedNodeNeedsNoOldSkipCertificates) {
    Bench bench;
    // The chain became final up to height 40 in slot 77; of slots 1 to 76 this node holds nothing.
    const Block synced = bench.block(77, Hash{{5}}, 40);
    const Hash hash = block_hash(synced);
    bench.step(Synced{.block = synced, .finalization = bench.certificate(Finalize{{77}, hash})});
    EXPECT_EQ(bench.core->current_slot(), Slot{78});
    EXPECT_EQ(bench.core->committed_height(), Height{40});
    const std::uint64_t followed = bench.slot_led(false, 78);
    bench.skip_to(followed);
    const Block next = bench.block(followed, hash, 41);
    bench.hear(bench.leader_of(followed), bench.proposal(followed, {{77}, hash}, next));
    EXPECT_TRUE(bench.voted(Notarize{{followed}, block_hash(next)}));
    // And when it leads, the finalization stands for the parent's notarization, which it never saw.
    Bench leading;
    const std::uint64_t led = leading.slot_led(true, 78);
    leading.step(Synced{.block = synced, .finalization = leading.certificate(Finalize{{77}, hash})});
    leading.skip_to(led);
    ASSERT_EQ(leading.all<BuildBlock>().back().parent, (BlockReference{{77}, hash}));
    leading.step(Built{Slot{led}, leading.block(led, hash, 41)});
    ASSERT_EQ(leading.said<Proposal>().size(), 1u);
    EXPECT_EQ(leading.said<Proposal>().front().parent_notarization->vote, (Vote{Finalize{{77}, hash}}));
    // Which others accept.
    Bench other({1, 1, 1, 1}, 1);
    other.step(Synced{.block = synced, .finalization = other.certificate(Finalize{{77}, hash})});
    other.hear(0, leading.said<Proposal>().front());
    EXPECT_TRUE(other.voted(Notarize{{led}, block_hash(leading.said<Proposal>().front().block)}));
    EXPECT_TRUE(other.all<PeerFault>().empty());
}

TEST(KnownTrap, NoVoteLeavesBeforeItsBlockIsDurable) {
    Follower bench(false);
    bench.propose();
    EXPECT_TRUE(bench.said<SignedVote>().empty());
    const auto persists = bench.all<Persist>();
    ASSERT_EQ(persists.size(), 1u);
    const auto record = decode<JournalRecord>(persists.front().record);
    ASSERT_TRUE(record);
    const auto* notarize = std::get_if<NotarizeRecord>(&*record);
    ASSERT_TRUE(notarize != nullptr && notarize->block);
    EXPECT_EQ(*notarize->block, bench.first) << "the record holds the block's bytes";
    // Nor does the vote count here, in a certificate that would tell the others.
    bench.vote(1, Notarize{{bench.slot}, bench.hash});
    bench.vote(2, Notarize{{bench.slot}, bench.hash});
    EXPECT_TRUE(bench.said<Certificate>().empty());
    bench.persist();
    EXPECT_TRUE(bench.voted(Notarize{{bench.slot}, bench.hash}));
    EXPECT_EQ(bench.said<Certificate>().size(), 1u);
    // The restored node can hand the block to others.
    bench.open(std::vector<Bytes>(bench.journal));
    EXPECT_NE(bench.core->block(bench.hash), nullptr);
}

TEST(KnownTrap, AProposalLeavesOnlyWithItsRecord) {
    Bench bench;
    bench.persists = false;
    const std::uint64_t led = bench.slot_led(true);
    bench.skip_to(led);
    ASSERT_EQ(bench.all<BuildBlock>().size(), 1u);
    bench.step(Built{Slot{led}, bench.block(led, k_root, 1)});
    EXPECT_TRUE(bench.said<Proposal>().empty());
    bench.persist();
    ASSERT_EQ(bench.said<Proposal>().size(), 1u);
    // After a restart the same proposal goes out again, and no other is built.
    const Proposal before = bench.said<Proposal>().front();
    bench.open(std::vector<Bytes>(bench.journal));
    bench.skip_to(led);
    ASSERT_EQ(bench.said<Proposal>().size(), 1u);
    EXPECT_EQ(bench.said<Proposal>().front(), before);
    EXPECT_TRUE(bench.all<BuildBlock>().empty());
}

}  // namespace
}  // namespace dure::consensus::test
