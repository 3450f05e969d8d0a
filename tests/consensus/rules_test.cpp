// The rules at the top of consensus/simplex.h, one by one, on one machine.
#include <gtest/gtest.h>

#include "tests/consensus/bench.h"

namespace dure::consensus::test {
namespace {

using namespace protocol;

struct RulesTest : ::testing::Test {
    RulesTest() : slot(bench.slot_led(false)) {
        bench.skip_to(slot);
        bench.effects.clear();
        first = bench.block(slot, k_root, 1);
        hash = block_hash(first);
    }
    void propose(const Block& block) {
        bench.hear(bench.leader_of(slot), bench.proposal(slot, {Slot{0}, k_root}, block));
    }

    Bench bench;
    std::uint64_t slot;
    Block first;
    Hash hash;
};

TEST_F(RulesTest, Rule1TheLeaderTimerIsStoppedByAProposalTheAdvanceTimerIsNot) {
    bench.validates = false;
    bench.wait(Duration{150});
    propose(first);
    bench.wait(Duration{149});
    EXPECT_FALSE(bench.voted(Skip{{slot}}));
    bench.wait(Duration{300});
    EXPECT_TRUE(bench.voted(Skip{{slot}}));
}

TEST_F(RulesTest, Rule1WithoutAProposalTheLeaderTimerSkips) {
    bench.wait(Duration{2000});
    EXPECT_TRUE(bench.voted(Skip{{slot}}));
}

TEST_F(RulesTest, Rule2TheProposalEmbedsWhatItNeeds) {
    propose(first);
    bench.others_vote(Notarize{{slot}, hash});
    const std::uint64_t led = bench.slot_led(true, slot + 1);
    bench.skip_to(led);
    bench.step(Built{Slot{led}, bench.block(led, hash, 2)});
    ASSERT_EQ(bench.said<Proposal>().size(), 1u);
    const Proposal made = bench.said<Proposal>().front();
    EXPECT_EQ(made.parent, (BlockReference{{slot}, hash}));
    ASSERT_TRUE(made.parent_notarization);
    EXPECT_EQ(made.skips.size(), led - slot - 1);
    // A node that has heard nothing of all this can judge it.
    Bench other({1, 1, 1, 1}, 1);
    other.hear(2, bench.proposal(slot, {Slot{0}, k_root}, first));
    other.hear(0, made);
    EXPECT_TRUE(other.voted(Notarize{{led}, block_hash(made.block)}) ||
                other.core->current_slot() < Slot{led});
    EXPECT_TRUE(other.all<PeerFault>().empty());
}

TEST_F(RulesTest, Rule3OneNotarizationASlot) {
    propose(first);
    EXPECT_TRUE(bench.voted(Notarize{{slot}, hash}));
    const Block second = bench.block(slot, k_root, 1, 1);
    propose(second);
    EXPECT_FALSE(bench.voted(Notarize{{slot}, block_hash(second)}));
}

TEST_F(RulesTest, Rule3WhatIsProvenInvalidIsSkippedAtOnce) {
    bench.validates = false;
    propose(first);
    bench.step(Validated{hash, false});
    EXPECT_TRUE(bench.voted(Skip{{slot}}));
    EXPECT_FALSE(bench.voted(Notarize{{slot}, hash}));
}

TEST_F(RulesTest, Rule3AHeaderThatContradictsItsProposalIsProvenInvalid) {
    for (int what = 0; what < 5; ++what) {
        Bench one;
        one.skip_to(slot);
        Block bad = first;
        if (what == 0) bad.header.height = {2};
        if (what == 1) bad.header.parent = Hash{{8}};
        if (what == 2) bad.header.proposer = one.block(one.slot_led(true), k_root, 1).header.proposer;
        if (what == 3) bad.header.chain_id = Hash{{2}};
        if (what == 4) bad.header.epoch = {4};
        one.hear(1, one.proposal(slot, {Slot{0}, k_root}, bad));
        EXPECT_TRUE(one.voted(Skip{{slot}})) << what;
        EXPECT_TRUE(one.all<ValidateBlock>().empty()) << what;
    }
}

TEST_F(RulesTest, Rule3WhatTheLeaderDidNotSignIsNotTheLeadersFault) {
    Proposal spoilt = bench.proposal(slot, {Slot{0}, k_root}, first);
    spoilt.block.transactions.resize(1);  // not those of the header
    bench.hear(1, spoilt);
    EXPECT_EQ(bench.all<PeerFault>().size(), 1u);
    EXPECT_FALSE(bench.voted(Skip{{slot}}));
    spoilt = bench.proposal(slot, {Slot{0}, k_root}, first);
    if (slot > 1)
        spoilt.skips.front().signatures.front().bytes[3] ^= 1;
    else
        spoilt.signature.bytes[3] ^= 1;
    bench.effects.clear();
    bench.hear(1, spoilt);
    propose(first);
    EXPECT_TRUE(bench.voted(Notarize{{slot}, hash})) << "the honest copy still counts";
}

TEST_F(RulesTest, Rule3AnUnknownParentIsFetchedAndTheTimerDecides) {
    const std::uint64_t next = bench.slot_led(false, slot + 1);
    const Block second = bench.block(next, hash, 2);
    bench.hear(1, bench.proposal(next, {{slot}, hash}, second));
    EXPECT_FALSE(bench.voted(Notarize{{next}, block_hash(second)}));
    EXPECT_TRUE(bench.all<FetchBlock>().empty()) << "it may just be late";
    bench.wait(Duration{60});
    ASSERT_EQ(bench.all<FetchBlock>().size(), 1u);
    EXPECT_EQ(bench.all<FetchBlock>().front().hash, hash);
    bench.wait(Duration{60});
    EXPECT_EQ(bench.all<FetchBlock>().size(), 1u) << "at a bounded rate";
    EXPECT_FALSE(bench.voted(Skip{{next}}));
    bench.step(BlockFetched{first});
    EXPECT_TRUE(bench.voted(Notarize{{next}, block_hash(second)}));
}

TEST_F(RulesTest, Rule3AnEarlyProposalWaitsForTheInterval) {
    Config config = bench.config();
    config.timing.min_block_interval = Duration{1000};
    auto core = Simplex::open(config, {}, {});
    ASSERT_TRUE(core);
    Time now{};
    const auto votes = [](const Effects& effects) {
        std::size_t count = 0;
        for (const Effect& effect : effects)
            count += std::holds_alternative<Persist>(effect) ? 1U : 0U;
        return count;
    };
    core->step(Start{}, now);
    std::uint64_t at = 1;
    for (; bench.leader_of(at) == 0; ++at)
        core->step(Receive{{}, bench.certificate(Skip{{at}})}, now);
    const Block one = bench.block(at, k_root, 1);
    core->step(Receive{{}, bench.proposal(at, {Slot{0}, k_root}, one)}, now);
    EXPECT_EQ(votes(core->step(Validated{block_hash(one), true}, now)), 1u);
    core->step(Receive{{}, bench.certificate(Notarize{{at}, block_hash(one)})}, now);
    std::uint64_t next = at + 1;
    for (; bench.leader_of(next) == 0; ++next)
        core->step(Receive{{}, bench.certificate(Skip{{next}})}, now);
    const Block two = bench.block(next, block_hash(one), 2);
    core->step(Receive{{}, bench.proposal(next, {{at}, block_hash(one)}, two)}, now);
    EXPECT_EQ(votes(core->step(Validated{block_hash(two), true}, now + Duration{999})), 0u);
    EXPECT_EQ(votes(core->step(Tick{}, now + Duration{1000})), 1u);
}

TEST_F(RulesTest, Rule4FinalizeOnANotarizationEvenWithoutTheBlock) {
    bench.hear(1, bench.certificate(Notarize{{slot}, hash}));
    EXPECT_TRUE(bench.voted(Finalize{{slot}, hash}));
    EXPECT_EQ(bench.core->current_slot(), Slot{slot + 1});
}

TEST_F(RulesTest, Rule5TheLeadersOwnSkipIsReasonEnough) {
    bench.vote(bench.leader_of(slot), Skip{{slot}});
    EXPECT_TRUE(bench.voted(Skip{{slot}}));
}

TEST_F(RulesTest, Rule5NoSkipByAnyoneElsesWord) {
    for (std::size_t voter = 1; voter < 4; ++voter) {
        if (voter == bench.leader_of(slot)) continue;
        bench.vote(voter, Skip{{slot}});
        break;
    }
    EXPECT_FALSE(bench.voted(Skip{{slot}}));
}

TEST_F(RulesTest, Rule6AndRule8ASkipCertificateIsRelayedOnce) {
    bench.others_vote(Skip{{slot}});
    EXPECT_EQ(bench.core->current_slot(), Slot{slot + 1});
    bench.hear(2, bench.certificate(Skip{{slot}}));
    std::size_t relayed = 0;
    for (const Certificate& certificate : bench.said<Certificate>())
        relayed += certificate.vote == Vote{Skip{{slot}}} ? 1U : 0U;
    EXPECT_EQ(relayed, 1u);
}

TEST_F(RulesTest, Rule7AFinalizationCommitsAllAncestorsInOrder) {
    propose(first);
    bench.others_vote(Notarize{{slot}, hash});
    const std::uint64_t next = bench.slot_led(false, slot + 1);
    bench.skip_to(next);
    const Block second = bench.block(next, hash, 2);
    bench.hear(1, bench.proposal(next, {{slot}, hash}, second));
    bench.hear(1, bench.certificate(Finalize{{next}, block_hash(second)}));
    ASSERT_EQ(bench.all<Commit>().size(), 1u);
    const Commit commit = bench.all<Commit>().front();
    ASSERT_EQ(commit.blocks.size(), 2u);
    EXPECT_EQ(*commit.blocks[0], first);
    EXPECT_EQ(*commit.blocks[1], second);
    EXPECT_EQ(commit.finalization.vote, (Vote{Finalize{{next}, block_hash(second)}}));
    EXPECT_EQ(bench.core->current_slot(), Slot{next + 1})
        << "a finalization certifies its slot and all earlier ones";
}

TEST_F(RulesTest, Rule7FinalizeVotesForOldSlotsKeepCounting) {
    propose(first);
    bench.others_vote(Notarize{{slot}, hash});
    bench.skip_to(slot + 40);
    EXPECT_TRUE(bench.all<Commit>().empty());
    bench.others_vote(Finalize{{slot}, hash});
    EXPECT_EQ(bench.all<Commit>().size(), 1u);
    EXPECT_EQ(bench.core->current_slot(), Slot{slot + 40});
}

TEST_F(RulesTest, Rule8SilenceIsBrokenAtABoundedRate) {
    propose(first);
    bench.hear(1, bench.certificate(Notarize{{slot}, hash}));
    bench.effects.clear();
    for (int i = 0; i < 100; ++i)
        bench.wait(Duration{10});
    std::size_t finalize = 0;
    for (const SignedVote& vote : bench.said<SignedVote>())
        finalize += vote.vote == Vote{Finalize{{slot}, hash}} ? 1U : 0U;
    EXPECT_GE(finalize, 2u);
    EXPECT_LE(finalize, 3u) << "once in 400 ms";
}

TEST_F(RulesTest, Rule8APeerThatIsBehindIsHelped) {
    bench.skip_to(slot + 10);
    bench.effects.clear();
    bench.vote(2, Skip{{slot + 2}});
    std::set<std::uint64_t> slots;
    for (const Send& send : bench.all<Send>())
        slots.insert(slot_of(std::get<Certificate>(send.message).vote).value);
    EXPECT_EQ(*slots.begin(), slot + 2);
    EXPECT_EQ(slots.size(), 8u);
    bench.effects.clear();
    bench.vote(2, Skip{{slot + 3}});
    EXPECT_TRUE(bench.all<Send>().empty()) << "at a bounded rate";
}

TEST_F(RulesTest, Rule9ObserversAndNodesWithoutAJournalSignNothing) {
    for (const bool observer : {true, false}) {
        Config config = bench.config();
        if (observer) config.signer = nullptr;
        config.may_sign = false;
        auto core = Simplex::open(config, {}, {});
        ASSERT_TRUE(core);
        Effects all;
        const auto step = [&](Event event, Time now) {
            for (Effect& effect : core->step(std::move(event), now))
                all.push_back(std::move(effect));
        };
        step(Start{}, Time{});
        const Block one = bench.block(1, k_root, 1);
        step(Receive{{}, bench.proposal(1, {Slot{0}, k_root}, one)}, Time{});
        step(Validated{block_hash(one), true}, Time{});
        step(Receive{{}, bench.certificate(Notarize{{1}, block_hash(one)})}, Time{});
        step(Tick{}, Time{Duration{100'000}});
        step(Receive{{}, bench.certificate(Finalize{{1}, block_hash(one)})}, Time{Duration{100'000}});
        std::size_t commits = 0;
        for (const Effect& effect : all) {
            EXPECT_FALSE(std::holds_alternative<Persist>(effect) ||
                         std::holds_alternative<BuildBlock>(effect));
            const auto* broadcast = std::get_if<Broadcast>(&effect);
            EXPECT_TRUE(broadcast == nullptr || std::holds_alternative<Certificate>(broadcast->message));
            commits += std::holds_alternative<Commit>(effect) ? 1U : 0U;
        }
        EXPECT_EQ(commits, 1u) << "but they follow";
    }
}

TEST_F(RulesTest, Rule9AShortenedJournalRestoresTheSame) {
    propose(first);
    bench.others_vote(Notarize{{slot}, hash});
    const std::uint64_t led = bench.slot_led(true, slot + 1);
    bench.skip_to(led);
    bench.step(Built{Slot{led}, bench.block(led, hash, 2)});
    const std::vector<Bytes> shortened = bench.core->live_records();
    auto whole = Simplex::open(bench.config(), {}, bench.journal);
    auto live = Simplex::open(bench.config(), {}, shortened);
    ASSERT_TRUE(whole && live);
    EXPECT_EQ(whole->live_records(), shortened);
    EXPECT_EQ(live->live_records(), shortened);
}

TEST_F(RulesTest, Rule9AJournalThatContradictsItselfIsRefused) {
    std::vector<Bytes> records{encode(JournalRecord{SkipRecord{bench.sign(0, Skip{{5}})}}),
                               encode(JournalRecord{FinalizeRecord{bench.sign(0, Finalize{{5}, hash}),
                                                                   bench.certificate(Notarize{{5}, hash})}})};
    EXPECT_EQ(Simplex::open(bench.config(), {}, records).error().code, ErrorCode::corrupt);
    records = {encode(JournalRecord{SkipRecord{bench.sign(2, Skip{{5}})}})};
    EXPECT_EQ(Simplex::open(bench.config(), {}, records).error().code, ErrorCode::corrupt)
        << "somebody else's journal";
}

TEST_F(RulesTest, Rule10EveryPairIsReportedOnce) {
    const Hash other{{4}};
    const std::vector<std::pair<Vote, Vote>> pairs{
        {Notarize{{slot}, hash}, Notarize{{slot}, other}},
        {Finalize{{slot}, hash}, Finalize{{slot}, other}},
        {Notarize{{slot}, hash}, Finalize{{slot}, other}},
        {Finalize{{slot}, other}, Notarize{{slot}, hash}},
        {Skip{{slot}}, Finalize{{slot}, hash}},
        {Finalize{{slot}, hash}, Skip{{slot}}},
    };
    for (const auto& [one, two] : pairs) {
        Bench fresh;
        fresh.skip_to(slot);
        fresh.vote(2, one);
        EXPECT_TRUE(fresh.all<ReportEvidence>().empty());
        fresh.vote(2, two);
        fresh.vote(2, two);
        ASSERT_EQ(fresh.all<ReportEvidence>().size(), 1u);
        const auto evidence = std::get<VoteEvidence>(fresh.all<ReportEvidence>().front().evidence);
        EXPECT_EQ(evidence, (VoteEvidence{fresh.sign(2, one), fresh.sign(2, two)}));
        EXPECT_TRUE(contradict(evidence.first.vote, evidence.second.vote));
    }
    for (const auto& [one, two] : std::vector<std::pair<Vote, Vote>>{
             {Notarize{{slot}, hash}, Skip{{slot}}}, {Notarize{{slot}, hash}, Finalize{{slot}, hash}}}) {
        Bench fresh;
        fresh.skip_to(slot);
        fresh.vote(2, one);
        fresh.vote(2, two);
        EXPECT_TRUE(fresh.all<ReportEvidence>().empty()) << "honest validators do this";
    }
}

TEST_F(RulesTest, Rule10TwoProposals) {
    propose(first);
    propose(bench.block(slot, k_root, 1, 1));
    propose(bench.block(slot, k_root, 1, 2));
    ASSERT_EQ(bench.all<ReportEvidence>().size(), 1u);
    const auto evidence = std::get<ProposalEvidence>(bench.all<ReportEvidence>().front().evidence);
    EXPECT_EQ(evidence.first.block, hash);
    EXPECT_NE(evidence.second.block, hash);
}

TEST_F(RulesTest, Rule10AVoteInsideACertificateConvictsToo) {
    bench.vote(2, Notarize{{slot}, Hash{{4}}});
    bench.hear(1, bench.certificate(Notarize{{slot}, hash}));
    EXPECT_EQ(bench.all<ReportEvidence>().size(), 1u);
}

TEST_F(RulesTest, Rule10AVoteInsideACertificateConvictsEvenIfItsSlotIsFinal) {
    propose(first);
    bench.others_vote(Notarize{{slot}, hash});
    bench.others_vote(Finalize{{slot}, hash});
    ASSERT_EQ(bench.core->committed_height(), Height{1});
    // Another branch, of which this node hears when its own is final: the same three skipped the slot.
    bench.hear(1, bench.certificate(Skip{{slot}}));
    EXPECT_EQ(bench.all<ReportEvidence>().size(), 3u);
    EXPECT_EQ(bench.core->current_slot(), Slot{slot + 1});
    bench.hear(2, bench.certificate(Skip{{slot}}));
    EXPECT_EQ(bench.all<ReportEvidence>().size(), 3u) << "one pair for each validator and slot";
    EXPECT_TRUE(bench.all<PeerFault>().empty());
}

TEST_F(RulesTest, Rule10AFinalizationOfAnOlderSlotConvictsThoseWhoSkippedIt) {
    bench.hear(1, bench.certificate(Skip{{slot}}));
    const std::uint64_t next = bench.slot_led(false, slot + 1);
    bench.skip_to(next);
    const Block other = bench.block(next, k_root, 1);
    bench.hear(bench.leader_of(next), bench.proposal(next, {Slot{0}, k_root}, other));
    bench.others_vote(Notarize{{next}, block_hash(other)});
    bench.others_vote(Finalize{{next}, block_hash(other)});
    ASSERT_EQ(bench.core->committed_height(), Height{1});
    bench.hear(1, bench.certificate(Finalize{{slot}, hash}));
    EXPECT_EQ(bench.all<ReportEvidence>().size(), 3u);
    EXPECT_FALSE(bench.core->halted());
    EXPECT_EQ(block_of(bench.core->finalization()->vote), block_hash(other));
}

TEST_F(RulesTest, Rule10TheGapOfAnotherBranchsProposalConvicts) {
    propose(first);
    bench.others_vote(Notarize{{slot}, hash});
    bench.others_vote(Finalize{{slot}, hash});
    const std::uint64_t next = bench.slot_led(false, slot + 1);
    bench.skip_to(next);
    bench.hear(bench.leader_of(next),
               bench.proposal(next, {Slot{0}, k_root}, bench.block(next, k_root, 1, 1)));
    EXPECT_EQ(bench.all<ReportEvidence>().size(), 3u);
    EXPECT_FALSE(bench.voted(Notarize{{next}, block_hash(bench.block(next, k_root, 1, 1))}));
}

TEST_F(RulesTest, NothingUnsignedEntersTheTally) {
    for (std::size_t voter = 1; voter < 4; ++voter) {
        SignedVote forged = bench.sign(voter, Skip{{slot}});
        forged.signature.bytes[1] ^= 1;
        bench.hear(voter, forged);
        forged = bench.sign(voter, Skip{{slot + 1}});
        forged.vote = Skip{{slot}};
        bench.hear(voter, forged);
    }
    Certificate forged = bench.certificate(Skip{{slot}});
    forged.signatures.back().bytes[2] ^= 1;
    bench.hear(1, forged);
    forged = bench.certificate(Skip{{slot}});
    forged.signatures.pop_back();
    bench.hear(1, forged);
    SignedVote stranger = bench.sign(1, Skip{{slot}});
    stranger.voter = Account{{99}};
    bench.hear(1, stranger);
    EXPECT_EQ(bench.core->current_slot(), Slot{slot});
    EXPECT_EQ(bench.all<PeerFault>().size(), 9u);
    EXPECT_TRUE(bench.said<Certificate>().empty());
    bench.others_vote(Skip{{slot}});
    EXPECT_EQ(bench.core->current_slot(), Slot{slot + 1}) << "and forgeries do not shut out the real votes";
}

TEST_F(RulesTest, FarAwaySlotsAreNotKept) {
    bench.others_vote(Skip{{slot + k_max_slots_ahead + 1}});
    bench.hear(1, bench.certificate(Skip{{slot + k_max_slots_ahead + 1}}));
    bench.hear(1, bench.proposal(slot + k_max_slots_ahead + 1, {Slot{0}, k_root}, first));
    EXPECT_TRUE(bench.effects.empty());
    bench.hear(1, bench.certificate(Finalize{{1'000'000}, hash}));
    EXPECT_EQ(bench.core->current_slot(), Slot{1'000'001}) << "but a finalization counts from anywhere";
}

TEST_F(RulesTest, AForkStopsTheNode) {
    bench.hear(1, bench.certificate(Finalize{{slot}, hash}));
    bench.hear(1, bench.certificate(Finalize{{slot}, Hash{{4}}}));
    EXPECT_EQ(bench.all<Halt>().size(), 1u);
    EXPECT_TRUE(bench.core->halted());
    bench.effects.clear();
    bench.wait(Duration{100'000});
    EXPECT_TRUE(bench.effects.empty());
}

TEST_F(RulesTest, AFinalBlockBesideTheCommittedChainStopsTheNode) {
    propose(first);
    bench.hear(1, bench.certificate(Finalize{{slot}, hash}));
    ASSERT_EQ(bench.core->committed_height(), Height{1});
    const Block beside = bench.block(slot, k_root, 1, 1);
    bench.hear(1, bench.certificate(Finalize{{slot + 1}, block_hash(beside)}));
    bench.wait(Duration{60});
    bench.step(BlockFetched{beside});
    EXPECT_TRUE(bench.core->halted());
    EXPECT_EQ(bench.all<Commit>().size(), 1u);
}

TEST_F(RulesTest, ATickThatComesTooEarlyIsAnsweredByAnotherWish) {
    const Time wanted =
        bench.all<WakeAt>().empty() ? bench.now + Duration{200} : bench.all<WakeAt>().back().time;
    bench.effects.clear();
    bench.now = wanted - Duration{1};
    bench.step(Tick{});
    ASSERT_EQ(bench.all<WakeAt>().size(), 1u);
    EXPECT_EQ(bench.all<WakeAt>().front().time, wanted);
}

TEST_F(RulesTest, ACopyIsAValueOfItsOwn) {
    propose(first);
    Simplex copy = *bench.core;
    const Message message = bench.certificate(Finalize{{slot}, hash});
    const Effects one = bench.core->step(Receive{{}, message}, bench.now);
    EXPECT_EQ(copy.committed_height(), Height{0});
    const Effects two = copy.step(Receive{{}, message}, bench.now);
    EXPECT_EQ(one.size(), two.size());
    EXPECT_EQ(copy.committed_height(), bench.core->committed_height());
    EXPECT_EQ(copy.live_records(), bench.core->live_records());
}

TEST(Leader, FollowsTheWeights) {
    const sim::Keys keys = sim::make_keys({1, 2, 7}, false);
    std::vector<int> turns(3);
    for (std::uint64_t slot = 1; slot <= 10'000; ++slot)
        ++turns[leader(keys.set, Hash{{3}}, k_epoch, {slot})];
    EXPECT_NEAR(turns[0], 1000, 150);
    EXPECT_NEAR(turns[1], 2000, 200);
    EXPECT_NEAR(turns[2], 7000, 250);
    EXPECT_NE(leader(keys.set, Hash{{3}}, k_epoch, {1}), 99u);
}

TEST(Quorum, IsOfWeightAndNotOfHeads) {
    Bench bench({60, 20, 10, 10}, 2);  // 70 of 100 is a quorum, 60 is not
    bench.vote(0, Notarize{{1}, Hash{{4}}});
    EXPECT_EQ(bench.core->current_slot(), Slot{1});
    bench.vote(3, Notarize{{1}, Hash{{4}}});
    EXPECT_EQ(bench.core->current_slot(), Slot{2});
}

}  // namespace
}  // namespace dure::consensus::test
