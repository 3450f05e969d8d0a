// Rule 11: how an epoch ends, and the next one begins, on one machine.
#include <gtest/gtest.h>

#include "tests/consensus/bench.h"

namespace dure::consensus::test {
namespace {

using namespace protocol;

/// A bench in a slot that another validator leads, whose block is the epoch's last and is notarized.
struct Boundary : Bench {
    explicit Boundary(std::size_t self = 0) : Bench({1, 1, 1, 1}, self, Height{1}) {
        slot = slot_led(false);
        skip_to(slot);
        last = block(slot, k_root, 1);
        hash = block_hash(last);
        hear(leader_of(slot), proposal(slot, {Slot{0}, k_root}, last));
        others_vote(Notarize{{slot}, hash});
        effects.clear();
    }
    void finish() { others_vote(Finalize{{slot}, hash}); }
    void enter(const std::vector<std::uint64_t>& weights = {1, 1, 1, 1}) {
        enter_epoch(weights, {Slot{slot}, hash}, 1);
    }
    /// As somebody would who is still in the old epoch.
    SignedVote old_vote(std::size_t from, const Vote& said) {
        const Epoch now_in = std::exchange(epoch, k_epoch);
        const SignedVote vote = sign(from, said);
        epoch = now_in;
        return vote;
    }

    /// What a leader of the next epoch says, with the same set, in its first slot that this node does not lead.
    Proposal next_proposal() {
        const Epoch now_in = std::exchange(epoch, k_epoch);
        const Certificate end = certificate(Finalize{{slot}, hash});
        epoch = k_epoch.next();
        const auto known = std::exchange(root_finalization, end);
        const std::uint64_t at = slot_led(false);
        Proposal made = proposal(at, {Slot{0}, hash}, block(at, hash, 2));
        epoch = now_in;
        root_finalization = known;
        return made;
    }

    std::uint64_t slot;
    Block last;
    Hash hash;
};

TEST(Rule11, TheLeaderProposesTheLastBlockAgain) {
    Boundary bench;
    const std::uint64_t led = bench.slot_led(true, bench.slot + 1);
    bench.skip_to(led);
    EXPECT_TRUE(bench.all<BuildBlock>().empty());
    ASSERT_EQ(bench.said<Proposal>().size(), 1u);
    const Proposal made = bench.said<Proposal>().front();
    EXPECT_EQ(made.block, bench.last);
    EXPECT_EQ(made.parent, (BlockReference{{bench.slot}, bench.hash}));
    EXPECT_TRUE(bench.voted(Notarize{{led}, bench.hash}));
    // After a restart it says the same.
    bench.open(std::vector<Bytes>(bench.journal));
    bench.skip_to(led);
    ASSERT_FALSE(bench.said<Proposal>().empty());
    EXPECT_EQ(bench.said<Proposal>().front(), made);
    // A node that has heard nothing of all this can judge it.
    Bench other({1, 1, 1, 1}, 1, Height{1});
    other.skip_to(bench.slot);
    other.hear(0, made);
    EXPECT_TRUE(other.voted(Notarize{{led}, bench.hash}));
    EXPECT_TRUE(other.all<PeerFault>().empty());
}

TEST(Rule11, ProposedAgainTheLastBlockBecomesFinalInALaterSlot) {
    Boundary bench;
    const std::uint64_t next = bench.slot_led(false, bench.slot + 1);
    bench.skip_to(next);
    bench.hear(bench.leader_of(next), bench.proposal(next, {Slot{bench.slot}, bench.hash}, bench.last));
    EXPECT_TRUE(bench.voted(Notarize{{next}, bench.hash})) << "whoever made it";
    bench.others_vote(Notarize{{next}, bench.hash});
    EXPECT_TRUE(bench.voted(Finalize{{next}, bench.hash}));
    EXPECT_FALSE(bench.core->over());
    bench.others_vote(Finalize{{next}, bench.hash});
    ASSERT_EQ(bench.all<Commit>().size(), 1u);
    EXPECT_EQ(*bench.all<Commit>().front().blocks.back(), bench.last);
    EXPECT_TRUE(bench.core->over());
    EXPECT_TRUE(bench.all<ReportEvidence>().empty());
}

TEST(Rule11, NothingIsBuiltOnTheLastBlock) {
    Boundary bench;
    const std::uint64_t next = bench.slot_led(false, bench.slot + 1);
    bench.skip_to(next);
    const Block more = bench.block(next, bench.hash, 2);
    bench.hear(bench.leader_of(next), bench.proposal(next, {Slot{bench.slot}, bench.hash}, more));
    EXPECT_FALSE(bench.voted(Notarize{{next}, block_hash(more)}));
    EXPECT_TRUE(bench.voted(Skip{{next}})) << "proven invalid";
    EXPECT_TRUE(bench.all<PeerFault>().empty()) << "by its leader's word, not its bearer's";
}

TEST(Rule11, OtherBlocksAreNotProposedAgain) {
    Bench bench({1, 1, 1, 1}, 0, Height{5});
    const std::uint64_t slot = bench.slot_led(false), next = bench.slot_led(false, slot + 1);
    bench.skip_to(slot);
    const Block first = bench.block(slot, k_root, 1);
    bench.hear(bench.leader_of(slot), bench.proposal(slot, {Slot{0}, k_root}, first));
    bench.others_vote(Notarize{{slot}, block_hash(first)});
    bench.skip_to(next);
    bench.hear(bench.leader_of(next), bench.proposal(next, {Slot{slot}, block_hash(first)}, first));
    EXPECT_TRUE(bench.voted(Skip{{next}}));
}

TEST(Rule11, AfterTheEndNothingIsSigned) {
    Boundary bench;
    bench.finish();
    ASSERT_TRUE(bench.core->over());
    const std::size_t records = bench.journal.size();
    bench.effects.clear();
    for (std::uint64_t slot = bench.slot + 1; slot < bench.slot + 5; ++slot)
        bench.others_vote(Skip{{slot}});
    bench.wait(Duration{100'000});
    EXPECT_TRUE(bench.said<SignedVote>().empty());
    EXPECT_TRUE(bench.said<Proposal>().empty());
    EXPECT_TRUE(bench.all<BuildBlock>().empty());
    EXPECT_EQ(bench.journal.size(), records);
}

TEST(Rule11, TheNextEpochBeginsWithANewJournalAndAProposalThatEmbedsTheEnd) {
    Boundary bench;
    bench.finish();
    bench.enter();
    EXPECT_EQ(bench.all<RenewJournal>().size(), 1u);
    EXPECT_EQ(bench.journal.size(), 1u) << "a floor, and nothing of the old epoch";
    EXPECT_EQ(bench.core->current_slot(), Slot{1});
    EXPECT_EQ(bench.core->committed_height(), Height{1});
    ASSERT_NE(bench.core->block(bench.hash), nullptr) << "for those who lack it";
    const std::uint64_t led = bench.slot_led(true);
    bench.skip_to(led);
    ASSERT_EQ(bench.all<BuildBlock>().size(), 1u);
    EXPECT_EQ(bench.all<BuildBlock>().back().parent, (BlockReference{Slot{0}, bench.hash}));
    EXPECT_EQ(bench.all<BuildBlock>().back().height, Height{2});
    bench.step(Built{Slot{led}, bench.block(led, bench.hash, 2)});
    ASSERT_EQ(bench.said<Proposal>().size(), 1u);
    EXPECT_EQ(bench.said<Proposal>().front().parent_notarization, bench.root_finalization);
    EXPECT_TRUE(bench.voted(Notarize{{led}, block_hash(bench.said<Proposal>().front().block)}));
}

TEST(Rule11, AProposalOfTheNextEpochTellsOfTheEndAndCountsOnceThatIsEntered) {
    Boundary bench;
    const Proposal next = bench.next_proposal();
    bench.hear(2, next);
    EXPECT_TRUE(bench.core->over()) << "it embeds what ends the epoch";
    EXPECT_TRUE(bench.all<PeerFault>().empty());
    const Notarize vote{next.slot, block_hash(next.block)};
    EXPECT_FALSE(bench.voted(vote));
    bench.enter();
    EXPECT_TRUE(bench.voted(vote)) << "and has waited";
}

TEST(Rule11, AFalseEndIsNotBelieved) {
    Boundary bench;
    Proposal lie = bench.next_proposal();
    lie.parent_notarization->signatures.front().bytes[0] ^= 1;
    bench.hear(2, lie);
    EXPECT_FALSE(bench.core->over());
}

TEST(Rule11, WhoeverSpeaksOfTheOldEpochLearnsHowItEnded) {
    Boundary bench;
    bench.finish();
    bench.enter();
    const SignedVote late = bench.old_vote(2, Skip{{bench.slot + 1}});
    bench.hear(2, late);
    EXPECT_TRUE(bench.all<Send>().empty()) << "just after the end it is only late";
    bench.wait(Duration{1000});
    bench.hear(2, late);
    bench.hear(2, late);
    ASSERT_EQ(bench.all<Send>().size(), 1u) << "at a bounded rate";
    EXPECT_EQ(bench.all<Send>().front().message, Message{*bench.root_finalization});
    EXPECT_FALSE(bench.voted(Skip{{bench.slot + 1}}));
}

TEST(Rule11, VotesOfTheOldEpochDoNotCountInTheNew) {
    Boundary bench;
    bench.finish();
    bench.enter();
    for (std::size_t from = 1; from < 4; ++from)
        bench.hear(from, bench.old_vote(from, Skip{{1}}));
    EXPECT_EQ(bench.core->current_slot(), Slot{1});
}

TEST(Rule11, TheQuorumIsTheNewSets) {
    Boundary bench;
    bench.finish();
    bench.enter({1, 1, 1, 1, 1, 1, 1});
    for (std::size_t from = 1; from < 4; ++from)
        bench.vote(from, Skip{{1}});
    EXPECT_EQ(bench.core->current_slot(), Slot{1}) << "three of four, but of seven";
    bench.vote(4, Skip{{1}});
    bench.vote(5, Skip{{1}});
    EXPECT_EQ(bench.core->current_slot(), Slot{2});
}

TEST(Rule11, WhoIsNotInTheNextSetFollowsAndComesBack) {
    Boundary bench(3);
    bench.finish();
    bench.enter({1, 1, 1});  // without this one
    EXPECT_FALSE(bench.core->signs());
    bench.wait(Duration{100'000});
    EXPECT_TRUE(bench.said<SignedVote>().empty());
    const Block second = bench.block(1, bench.hash, 2);
    bench.hear(0, bench.proposal(1, {Slot{0}, bench.hash}, second));
    for (std::size_t from = 0; from < 3; ++from)
        bench.vote(from, Finalize{{1}, block_hash(second)});
    ASSERT_EQ(bench.core->committed_height(), Height{2});
    EXPECT_TRUE(bench.journal.size() == 1) << "a floor: nothing was signed";
    EXPECT_TRUE(bench.all<PeerFault>().empty());
    bench.enter_epoch({1, 1, 1, 1}, {Slot{1}, block_hash(second)}, 2);
    EXPECT_TRUE(bench.core->signs());
    bench.wait(Duration{1'000'000});
    EXPECT_TRUE(bench.voted(Skip{{1}}));
}

TEST(Rule11, DoubleVotesOfTheOldEpochStillConvict) {
    Boundary bench;
    bench.vote(2, Finalize{{bench.slot}, bench.hash});
    bench.vote(1, Finalize{{bench.slot}, bench.hash});
    bench.vote(3, Finalize{{bench.slot}, bench.hash});
    ASSERT_TRUE(bench.core->over());
    bench.enter();
    bench.hear(2, bench.old_vote(2, Skip{{bench.slot}}));
    ASSERT_EQ(bench.all<ReportEvidence>().size(), 1u);
}

TEST(KnownTrap, RecordsOfAnEarlierEpochBindNothingThoseOfALaterOneSaySomethingIsLost) {
    Boundary bench;
    const std::vector<Bytes> old = bench.journal;
    ASSERT_FALSE(old.empty());
    bench.finish();
    bench.enter();
    bench.open(old);  // a crash came before the journal was renewed
    EXPECT_EQ(bench.core->current_slot(), Slot{1});
    bench.wait(Duration{100'000});
    EXPECT_TRUE(bench.voted(Skip{{1}}));
    const std::vector<Bytes> newer = bench.journal;
    Boundary behind;  // the block log has lost what came after
    const auto opened = Simplex::open(behind.config(), {}, newer);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
}

TEST(KnownTrap, ANodeThatForgotSignsAgainFromTheEpochThatItIsTold) {
    Boundary bench;
    Config config = bench.config();
    config.may_sign = false;
    auto core = Simplex::open(config, {}, {});
    ASSERT_TRUE(core);
    core->step(Start{}, Time{});
    core->step(Tick{}, Time{Duration{100'000}});
    EXPECT_FALSE(core->signs());
    bench.finish();
    bench.enter();
    const Effects effects = core->step(EnterEpoch{bench.config(), {}}, Time{Duration{100'000}});
    EXPECT_TRUE(core->signs());
    ASSERT_FALSE(effects.empty());
    EXPECT_TRUE(std::holds_alternative<RenewJournal>(effects.front()));
}

TEST(KnownTrap, SyncedPastSeveralEndsANodeEntersTheEpochThatRuns) {
    Boundary bench;
    bench.epoch = {7};
    bench.root = Hash{{77}};
    bench.root_height = {70};
    bench.last_height = Height{80};
    const Block newest = bench.block(12, Hash{{78}}, 75);
    const Hash hash = block_hash(newest);
    const Certificate finalization = bench.certificate(Finalize{{12}, hash});
    bench.root_finalization = finalization;  // only its form matters here
    bench.step(EnterEpoch{bench.config(), FinalBlock{.height = {75}, .finalization = finalization}});
    EXPECT_EQ(bench.core->current_slot(), Slot{13});
    EXPECT_EQ(bench.core->committed_height(), Height{75});
    EXPECT_FALSE(bench.core->over());
}

}  // namespace
}  // namespace dure::consensus::test
