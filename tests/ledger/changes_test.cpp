// Changes that owners vote on: who may propose, how votes weigh, when it holds, and what can never be changed.
#include <gtest/gtest.h>

#include <algorithm>

#include "ledger/epochs/changes.h"
#include "ledger/invariants/invariants.h"
#include "tests/ledger/harness.h"
#include "tests/ledger/random.h"

namespace dure::ledger::testing {
namespace {

constexpr std::uint64_t k_epoch_length = 6;

ChainOptions voting_options() {
    ChainOptions options;
    options.parameters.epoch_blocks = k_epoch_length;
    options.parameters.evidence_age_blocks = 10;
    options.parameters.unbonding_delay_blocks = k_epoch_length + 10 + 1;
    options.parameters.validator_bond = Shares{10 * k_units_per_share};
    options.parameters.absent_turns = 0;
    options.changes.deposit = Coin{5'000'000};
    options.changes.ranges = usual_ranges(options.parameters);
    for (ParameterRange& range : options.changes.ranges) {
        if (range.parameter == votable_number("min_validators")) range.most = 64;
    }
    return options;
}

ParameterChange to(const char* name, std::uint64_t value) {
    return {votable_number(name).value(), value};
}

ProposeChange proposal_of(std::vector<ParameterChange> changes, std::uint64_t from) {
    std::sort(changes.begin(), changes.end(),
              [](const auto& a, const auto& b) { return a.parameter < b.parameter; });
    return {.parameters = ParameterChanges(std::move(changes)), .from = {from}};
}

template <class E>
std::vector<E> events_in(const BlockOutcome& outcome) {
    std::vector<E> found;
    for (const Event& event : outcome.events) {
        if (const E* one = std::get_if<E>(&event)) found.push_back(*one);
    }
    return found;
}

/// Validators 0 … 3 have the same bonds; the quorum is two thirds, so it takes three of them.
class VotedChanges : public ::testing::Test {
  protected:
    explicit VotedChanges(const ChainOptions& options = voting_options()) : chain_(options) {}

    /// The outcome of the epoch's last block.
    BlockOutcome end_epoch() {
        const protocol::Epoch now = current_epoch(chain_.state());
        BlockOutcome last;
        while (current_epoch(chain_.state()) == now)
            last = chain_.block();
        return last;
    }
    void expect_refused(std::size_t person, const Payload& payload, ErrorCode code) {
        const TransactionReceipt receipt = chain_.run(person, payload);
        EXPECT_FALSE(receipt.ok);
        EXPECT_EQ(receipt.error.code, code) << receipt.error.message;
    }
    void expect_done(std::size_t person, const Payload& payload) {
        const TransactionReceipt receipt = chain_.run(person, payload);
        EXPECT_TRUE(receipt.ok) << receipt.error.message;
    }
    Coin fee() const { return parameters(chain_.state()).minimum_fee; }
    ProposalRecord proposal(std::uint64_t number) const { return Proposals::get(chain_.state(), number); }

    Harness chain_;
};

TEST_F(VotedChanges, HoldFromTheirEpochOnAndNotABlockEarlier) {
    expect_done(0, proposal_of({to("minimum_fee", 5'000)}, 3));
    EXPECT_EQ(supply(chain_.state()).in_deposits, chain_.genesis().changes.deposit);
    for (const std::size_t voter : {0U, 1U, 2U})
        expect_done(voter, VoteChange{.proposal = 0});
    EXPECT_TRUE(events_in<ChangeAccepted>(end_epoch()).empty()) << "voting lasts a whole epoch";
    const Coin held = chain_.person(0).balance;
    const auto accepted = events_in<ChangeAccepted>(end_epoch());
    ASSERT_EQ(accepted.size(), 1U);
    EXPECT_EQ(accepted[0].for_it.value, 300 * k_units_per_share);
    EXPECT_EQ(accepted[0].of_all.value, 400 * k_units_per_share);
    EXPECT_GE(chain_.person(0).balance, held + chain_.genesis().changes.deposit) << "the deposit is back";
    while (head(chain_.state()).height.value % k_epoch_length != k_epoch_length - 1) {
        chain_.block();
        EXPECT_EQ(fee(), Coin{1'000});
    }
    EXPECT_EQ(events_in<ChangeApplied>(chain_.block()).size(), 1U);
    EXPECT_EQ(current_epoch(chain_.state()), protocol::Epoch{3});
    EXPECT_EQ(fee(), Coin{5'000});
    EXPECT_EQ(proposal(0).stage, ProposalStage::applied);
    chain_.blocks(2);
    EXPECT_TRUE(recount_invariants(chain_.state()).has_value());
}

TEST_F(VotedChanges, LapseWithoutTheQuorumAndChangeNothing) {
    const Parameters before = parameters(chain_.state());
    expect_done(0, proposal_of({to("minimum_fee", 5'000)}, 3));
    expect_done(0, VoteChange{.proposal = 0});
    expect_done(1, VoteChange{.proposal = 0});
    expect_done(2, VoteChange{.proposal = 0});
    expect_done(2, VoteChange{.proposal = 0, .yes = false});
    end_epoch();
    const auto lapsed = events_in<ChangeLapsed>(end_epoch());
    ASSERT_EQ(lapsed.size(), 1U);
    EXPECT_FALSE(lapsed[0].accepted);
    end_epoch();
    end_epoch();
    EXPECT_EQ(parameters(chain_.state()), before);
    EXPECT_EQ(supply(chain_.state()).in_deposits, Coin{});
    EXPECT_EQ(proposal(0).stage, ProposalStage::refused);
    expect_refused(3, VoteChange{.proposal = 0}, ErrorCode::conflict);
}

TEST_F(VotedChanges, WeighWhatIsBondedInTheStateBeforeTheLastBlockOfTheVote) {
    expect_done(0, proposal_of({to("minimum_fee", 5'000)}, 3));
    for (const std::size_t voter : {0U, 1U, 2U})
        expect_done(voter, VoteChange{.proposal = 0});
    end_epoch();
    EXPECT_EQ(tally_of(chain_.state(), 0).for_it.value, 300 * k_units_per_share);
    expect_done(1, Unbond{.amount = Shares{20 * k_units_per_share}});
    expect_done(2, Unbond{.amount = Shares{90 * k_units_per_share}});
    const auto lapsed = events_in<ChangeLapsed>(end_epoch());
    ASSERT_EQ(lapsed.size(), 1U) << "190 of 290 is less than two thirds";
    EXPECT_EQ(proposal(0).for_it.value, 190 * k_units_per_share);
    EXPECT_EQ(proposal(0).of_all.value, 290 * k_units_per_share);
}

TEST_F(VotedChanges, RefuseWhatGenesisFixesAndWhatItsRangesExclude) {
    const auto refused = [&](ParameterChange change) {
        ProposeChange proposed;
        proposed.parameters.push_back(change);
        proposed.from = {3};
        expect_refused(0, proposed, ErrorCode::out_of_range);
    };
    refused({5, 7});                             // epoch_blocks
    refused({52, 1});                            // round_pool
    refused({1'000, 1});                         // nothing
    refused(to("minimum_fee", 10'001));          // above its range
    refused(to("minimum_fee", 99));              // below it
    refused(to("max_validators", 1ULL << 40U));  // wider than its field
    refused(to("max_validators", 257));          // more than any chain may have
    EXPECT_FALSE(votable_number("round_pool").has_value());
    EXPECT_FALSE(votable_number("vesting_rounds").has_value());
    expect_refused(0, proposal_of({to("minimum_fee", 5'000)}, 2), ErrorCode::out_of_range);
    expect_refused(0, proposal_of({to("minimum_fee", 5'000)}, 3 + k_max_notice_epochs + 9),
                   ErrorCode::out_of_range);
    expect_refused(5, proposal_of({to("minimum_fee", 5'000)}, 3), ErrorCode::insufficient);
    EXPECT_EQ(ProposalCount::get(chain_.state()), 0U);
    expect_refused(0, VoteChange{.proposal = 0}, ErrorCode::not_found);
}

TEST_F(VotedChanges, AreOneAtATimeForAnAccountAndOneVoteEach) {
    expect_done(0, proposal_of({to("minimum_fee", 5'000)}, 4));
    expect_refused(0, proposal_of({to("minimum_fee", 6'000)}, 4), ErrorCode::conflict);
    expect_done(1, VoteChange{.proposal = 0});
    expect_refused(1, VoteChange{.proposal = 0}, ErrorCode::duplicate);
    expect_refused(5, VoteChange{.proposal = 0}, ErrorCode::unauthorized);
    expect_refused(2, VoteChange{.proposal = 0, .yes = false}, ErrorCode::not_found);
}

TEST_F(VotedChanges, ForTheSameEpochAreAppliedInOrderAndLapseIfTheyNoLongerFit) {
    // The first two are possible alone; after the first the second would want more validators than there may be.
    expect_done(0, proposal_of({to("max_validators", 16)}, 4));
    expect_done(1, proposal_of({to("min_validators", 4), to("minimum_fee", 3'000)}, 4));
    expect_done(2, proposal_of({to("minimum_fee", 2'000), to("max_validators", 17)}, 4));
    for (const std::size_t voter : {0U, 1U, 2U}) {
        for (const std::uint64_t number : {0U, 1U, 2U})
            chain_.submit(voter, VoteChange{.proposal = number});
    }
    chain_.block();
    chain_.change_state([](Overlay& state) {  // as an earlier change could have
        Parameters parameters = ParameterStore::get(state);
        parameters.max_validators = 16;
        ParameterStore::put(state, parameters);
        ProposalRecord record = Proposals::get(state, 1);
        record.parameters.back() = to("min_validators", 17);
        Proposals::put(state, 1, record);
    });
    BlockOutcome last;
    while (current_epoch(chain_.state()) < protocol::Epoch{4})
        last = end_epoch();
    EXPECT_EQ(events_in<ChangeApplied>(last).size(), 2U);
    EXPECT_EQ(events_in<ChangeLapsed>(last), std::vector<ChangeLapsed>({{.proposal = 1, .accepted = true}}));
    EXPECT_EQ(fee(), Coin{2'000}) << "the later number comes later, and of the second nothing was changed";
    EXPECT_EQ(parameters(chain_.state()).max_validators, 17U);
}

TEST_F(VotedChanges, OfTheProtocolVersionHoldFromTheFirstBlockOfTheirEpoch) {
    ProposeChange proposed;
    proposed.from = {3};
    expect_refused(0, ProposeChange{{}, 1, {3}}, ErrorCode::out_of_range);
    proposed.version = 2;
    expect_done(0, proposed);
    for (const std::size_t voter : {0U, 1U, 2U})
        expect_done(voter, VoteChange{.proposal = 0});
    end_epoch();
    EXPECT_TRUE(accepted_upgrades(chain_.state()).empty());
    end_epoch();
    ASSERT_EQ(accepted_upgrades(chain_.state()).size(), 1U);
    EXPECT_EQ(accepted_upgrades(chain_.state())[0].from, protocol::Epoch{3});
    while (current_epoch(chain_.state()) < protocol::Epoch{3}) {
        EXPECT_EQ(protocol_version(chain_.state()), 1U);
        EXPECT_EQ(chain_.draft().header.version, 1U);
        chain_.block();
    }
    EXPECT_EQ(protocol_version(chain_.state()), 2U);
    protocol::Block next = chain_.draft();
    EXPECT_EQ(next.header.version, 2U);
    next.header.version = 1;
    EXPECT_FALSE(chain_.try_block(next).has_value());
    chain_.blocks(2);
    EXPECT_TRUE(accepted_upgrades(chain_.state()).empty());
}

TEST(ChangesWithoutEpochs, AreUnavailable) {
    ChainOptions options = voting_options();
    options.parameters.epoch_blocks = 0;
    Harness chain(options);
    const TransactionReceipt receipt = chain.run(0, proposal_of({to("minimum_fee", 5'000)}, 3));
    EXPECT_FALSE(receipt.ok);
    EXPECT_EQ(receipt.error.code, ErrorCode::unavailable);
}

TEST(ChangeRanges, OfAGenesisAreOfWhatMayBeVotedOn) {
    const ChainOptions options = voting_options();
    const auto refused = [&](const std::function<void(ChangeRules&)>& spoil) {
        Genesis genesis = make_genesis(options);
        EXPECT_TRUE(genesis.check().has_value());
        spoil(genesis.changes);
        return !genesis.check().has_value();
    };
    EXPECT_TRUE(refused([](ChangeRules& rules) { rules.ranges.assign({{5, 1, 1'000}}); }));
    EXPECT_TRUE(refused([](ChangeRules& rules) { rules.ranges.assign({{52, 0, UINT64_MAX}}); }));
    EXPECT_TRUE(refused([](ChangeRules& rules) { rules.ranges.assign({{0, 2'000, 3'000}}); }));
    EXPECT_TRUE(refused([](ChangeRules& rules) { std::swap(rules.ranges[0], rules.ranges[1]); }));
    EXPECT_TRUE(refused([](ChangeRules& rules) { rules.quorum_bp = 4'999; }));
    EXPECT_TRUE(refused([](ChangeRules& rules) { rules.quorum_bp = 10'000; }));
    EXPECT_TRUE(refused([](ChangeRules& rules) { rules.voting_epochs = 0; }));
    EXPECT_TRUE(refused([](ChangeRules& rules) { rules.deposit = {}; }));
    EXPECT_FALSE(refused([](ChangeRules& rules) { rules.ranges.clear(); }));
}

TEST(ChangeRanges, NameEveryFieldByItsPlace) {
    Parameters parameters;
    EXPECT_EQ(*votable_number("minimum_fee"), 0U);
    EXPECT_EQ(*votable_number("max_validators"), 6U);
    EXPECT_EQ(value_of(parameters, *votable_number("joining_blocks")), parameters.joining_blocks);
    for (const VotableParameter& one : votable_parameters()) {
        EXPECT_STREQ(votable_name(one.number), one.name);
        EXPECT_EQ(votable_number(one.name), one.number);
    }
    EXPECT_TRUE(std::is_sorted(votable_parameters().begin(), votable_parameters().end(),
                               [](const auto& a, const auto& b) { return a.number < b.number; }));
}

/// Whatever is proposed, voted, bonded and unbonded while rounds go on, and whoever is paid.
TEST(ChangesProperty, NeverLeaveTheRangesNorBreakAnInvariant) {
    for (std::uint64_t seed = 0; seed < 4 * test_scale(); ++seed) {
        SCOPED_TRACE(seed);
        ChainOptions options = voting_options();
        options.changes.quorum_bp = 5'000;
        Harness chain(options);
        Random random(seed);
        std::size_t applied = 0;
        std::size_t refused = 0;
        chain.add_data(1, "a text");
        for (int i = 0; i < 150; ++i) {
            const Parameters before = parameters(chain.state());
            const std::size_t person = random.below(4);
            if (random.one_in(3)) {
                const ParameterRange range = random.pick(options.changes.ranges);
                const std::uint64_t width =
                    std::min<std::uint64_t>(range.most - range.least, 1ULL << 50U) + 3;
                const std::uint64_t value = range.least + random.below(width);
                ProposeChange proposed;
                proposed.parameters.push_back({range.parameter, value});
                proposed.from = {current_epoch(chain.state()).value + 2 + random.below(3)};
                chain.submit(person, proposed);
            }
            const std::uint64_t count = ProposalCount::get(chain.state());
            for (std::size_t voter = 0; voter < 4 && count > 0; ++voter) {
                const std::uint64_t number = count - 1 - random.below(std::min<std::uint64_t>(count, 4));
                if (random.one_in(2)) chain.submit(voter, VoteChange{number, !random.one_in(5)});
            }
            if (random.one_in(6)) chain.submit(person, Unbond{.amount = Shares{1 + random.below(1'000'000)}});
            if (random.one_in(6)) chain.submit(person, Bond{.amount = Shares{1 + random.below(1'000'000)}});
            chain.work();
            const Parameters now = parameters(chain.state());
            const bool at_boundary = head(chain.state()).height.value % k_epoch_length == 0;
            EXPECT_TRUE(now == before || at_boundary);
            EXPECT_TRUE(options.changes.check(now).has_value());
            EXPECT_TRUE(now.check().has_value());
        }
        Proposals::scan(chain.state(), [&](std::uint64_t, const ProposalRecord& one) {
            applied += one.stage == ProposalStage::applied ? 1U : 0U;
            refused += one.stage == ProposalStage::refused ? 1U : 0U;
            return true;
        });
        EXPECT_GT(applied, 0U);
        EXPECT_GT(refused, 0U);
        EXPECT_EQ(parameters(chain.state()).round_pool, options.parameters.round_pool);
        const Status sound = recount_invariants(chain.state());
        EXPECT_TRUE(sound.has_value()) << sound.error().message;
    }
}

}  // namespace
}  // namespace dure::ledger::testing
