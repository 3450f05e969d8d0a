// Epochs: who validates next, how one begins, and what joining, leaving and punishment do to it.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>

#include "base/protocol/vote.h"
#include "ledger/draws/reveals.h"
#include "ledger/epochs/selection.h"
#include "ledger/invariants/invariants.h"
#include "tests/ledger/harness.h"
#include "tests/ledger/random.h"

namespace dure::ledger::testing {
namespace {

constexpr std::uint64_t k_epoch = 8;

ChainOptions epoch_options() {
    ChainOptions options;
    options.parameters.epoch_blocks = k_epoch;
    options.parameters.evidence_age_blocks = 10;
    options.parameters.unbonding_delay_blocks = k_epoch + 10 + 1;
    options.parameters.max_validators = 4;
    options.parameters.min_validators = 2;
    options.parameters.validator_bond = Shares{10 * k_units_per_share};
    options.parameters.absent_turns = 4;
    return options;
}

TEST(EpochArithmetic, EveryHeightLiesInOneEpoch) {
    for (const std::uint64_t blocks : {1U, 2U, 7U}) {
        for (std::uint64_t h = 1; h < 50; ++h) {
            const protocol::Height height{h};
            const protocol::Epoch epoch = epoch_of_height(blocks, height);
            EXPECT_LE(first_height_of(blocks, epoch), height);
            EXPECT_GE(*last_height_of(blocks, epoch), height);
            EXPECT_EQ(is_last_of_epoch(blocks, height), *last_height_of(blocks, epoch) == height);
            EXPECT_EQ(last_height_of(blocks, epoch)->next(), first_height_of(blocks, epoch.next()));
        }
    }
    EXPECT_EQ(epoch_of_height(5, {0}), protocol::Epoch{});
    EXPECT_FALSE(is_last_of_epoch(5, {0}));
    EXPECT_EQ(epoch_of_height(0, {1'000}), protocol::Epoch{});
    EXPECT_FALSE(last_height_of(0, {}).has_value());
    EXPECT_FALSE(is_last_of_epoch(0, {1'000}));
}

TEST(EpochParameters, BondsMustOutlastTheEvidenceOfAnEpoch) {
    Parameters parameters = epoch_options().parameters;
    EXPECT_TRUE(parameters.check().has_value());
    --parameters.unbonding_delay_blocks;
    const Status refused = parameters.check();
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().message.find("unbonding_delay_blocks"), std::string::npos);
    parameters.epoch_blocks = 0;
    EXPECT_TRUE(parameters.check().has_value());
}

class ValidatorEpochs : public ::testing::Test {
  protected:
    explicit ValidatorEpochs(const ChainOptions& options = epoch_options()) : chain_(options) {}

    void to_next_epoch() {
        const protocol::Epoch now = current_epoch(chain_.state());
        while (current_epoch(chain_.state()) == now)
            chain_.block();
    }
    std::vector<std::size_t> validators() const {
        std::vector<std::size_t> persons;
        for (const protocol::Validator& one : validator_set(chain_.state()).validators)
            persons.push_back(person_of(one.key));
        return persons;
    }
    std::uint64_t weight_of(std::size_t person) const {
        return validator(chain_.state(), account_of(person))->weight;
    }
    /// Shares from a validator's bond would be slow to get; these are made.
    void give_shares(std::size_t person, Shares amount) {
        chain_.act([&](Overlay& state, Events&) {
            AccountRecord account = Accounts::find(state, account_of(person)).value_or(AccountRecord{});
            account.free += amount;
            account.checkpoint = Pool::get(state).accumulator;
            Accounts::put(state, account_of(person), account);
            PoolRecord pool = Pool::get(state);
            pool.minted += amount;
            pool.total_shares += amount;
            Pool::put(state, pool);
            ShareFlowRecord flows = ShareFlows::find(state, account_of(person)).value_or(ShareFlowRecord{});
            flows.founded += amount;
            ShareFlows::put(state, account_of(person), flows);
        });
    }
    TransactionReceipt stand(std::size_t person, std::uint64_t number = 1) {
        return chain_.run(person, candidacy_of(person, number));
    }
    void join(std::size_t person, Shares bond) {
        give_shares(person, bond);
        ASSERT_TRUE(chain_.run(person, Bond{bond}).ok);
        const TransactionReceipt receipt = stand(person);
        ASSERT_TRUE(receipt.ok) << receipt.error.message;
    }

    Harness chain_;
};

constexpr Shares shares(std::uint64_t whole) {
    return Shares{whole * k_units_per_share};
}

TEST_F(ValidatorEpochs, ABoundaryHeaderNamesTheNextSetOfTheStateBeforeIt) {
    chain_.blocks(k_epoch - 1);
    const Hash next = next_validators(chain_.state(), chain_.genesis().parameters).hash();
    const Hash seed = beacon(chain_.state()).value;
    protocol::Block boundary = chain_.draft();
    EXPECT_EQ(boundary.header.next_validators, next);
    boundary.header.next_validators = {};
    EXPECT_FALSE(chain_.try_block(boundary).has_value());
    boundary.header.next_validators = hash_of("others");
    EXPECT_FALSE(chain_.try_block(boundary).has_value());

    const BlockOutcome outcome = chain_.block();
    const EpochBegan began = std::get<EpochBegan>(outcome.events.back());
    EXPECT_EQ(began.epoch, protocol::Epoch{1});
    EXPECT_EQ(began.first, protocol::Height{k_epoch + 1});
    EXPECT_EQ(began.validators, next);
    const EpochRecord record = *epoch(chain_.state(), {1});
    EXPECT_EQ(record.validators.hash(), next);
    EXPECT_EQ(record.leader_seed, seed);
    EXPECT_EQ(record.validators, validator_set(chain_.state()));
    ASSERT_TRUE(epoch(chain_.state(), {0}).has_value());

    protocol::Block after = chain_.draft();
    EXPECT_EQ(after.header.epoch, protocol::Epoch{1});
    EXPECT_TRUE(chain_.try_block(after).has_value());
    after.header.next_validators = next;
    EXPECT_FALSE(chain_.try_block(after).has_value());
    after.header.next_validators = {};
    after.header.epoch = {};
    EXPECT_FALSE(chain_.try_block(after).has_value());
}

TEST_F(ValidatorEpochs, TheLargestBondsOfThoseWhoStandValidate) {
    EXPECT_EQ(validators(), (std::vector<std::size_t>{0, 1, 2, 3}));
    join(6, shares(150));
    EXPECT_EQ(validators(), (std::vector<std::size_t>{0, 1, 2, 3}));  // until the epoch ends
    to_next_epoch();
    EXPECT_EQ(validators(), (std::vector<std::size_t>{0, 1, 2, 6}));  // of equals the lesser accounts
    EXPECT_EQ(weight_of(6), shares(150).value);
    chain_.blocks(2 * k_epoch);  // it reveals from its own chain
    EXPECT_GT(validator(chain_.state(), account_of(6))->reveals, 0U);

    // The one who was pushed out still stands, and goes on in its chain where it was.
    const CandidateRecord waiting = Candidates::get(chain_.state(), account_of(3));
    EXPECT_GT(waiting.reveals, 0U);
    ASSERT_TRUE(chain_.run(6, WithdrawCandidacy{}).ok);
    to_next_epoch();
    EXPECT_EQ(validators(), (std::vector<std::size_t>{0, 1, 2, 3}));
    EXPECT_EQ(validator(chain_.state(), account_of(3))->beacon_link, waiting.beacon_link);
    chain_.blocks(k_epoch);
}

TEST_F(ValidatorEpochs, OnlyTheBondedStand) {
    EXPECT_EQ(stand(7).error.code, ErrorCode::insufficient);
    EXPECT_EQ(stand(0).error.code, ErrorCode::conflict);
    EXPECT_EQ(chain_.run(7, WithdrawCandidacy{}).error.code, ErrorCode::not_found);
    join(7, shares(10));
    EXPECT_EQ(stand(7, 2).error.code, ErrorCode::conflict);
    // Who does not keep the bond until the epoch ends stands no more.
    ASSERT_TRUE(chain_.run(7, Unbond{Shares{1}}).ok);
    to_next_epoch();
    EXPECT_FALSE(Candidates::contains(chain_.state(), account_of(7)));
    EXPECT_EQ(validators(), (std::vector<std::size_t>{0, 1, 2, 3}));
}

TEST_F(ValidatorEpochs, WithdrawnInTheLastBlockOneStillBegins) {
    join(6, shares(150));
    while (!is_last_of_epoch(k_epoch, chain_.height().next()))
        chain_.block();
    ASSERT_TRUE(chain_.run(6, WithdrawCandidacy{}).ok);
    EXPECT_EQ(validators(), (std::vector<std::size_t>{0, 1, 2, 6}));
    ASSERT_TRUE(stand(6, 2).ok);  // anew, with another chain
    EXPECT_EQ(validator(chain_.state(), account_of(6))->chain, 1U);
    to_next_epoch();
    EXPECT_EQ(validator(chain_.state(), account_of(6))->chain, 2U);
    chain_.blocks(2 * k_epoch);
}

TEST_F(ValidatorEpochs, TooFewGoOnWithWhatIsLeftOfTheirBonds) {
    ASSERT_TRUE(chain_.run(1, WithdrawCandidacy{}).ok);
    ASSERT_TRUE(chain_.run(2, WithdrawCandidacy{}).ok);
    ASSERT_TRUE(chain_.run(3, WithdrawCandidacy{}).ok);
    ASSERT_TRUE(chain_.run(3, Unbond{shares(100)}).ok);
    ASSERT_TRUE(chain_.run(2, Unbond{shares(60)}).ok);
    EXPECT_EQ(weight_of(3), shares(100).value);
    to_next_epoch();
    EXPECT_EQ(validators(), (std::vector<std::size_t>{0, 1, 2}));
    EXPECT_EQ(weight_of(2), shares(40).value);
    for (const std::size_t person : {0U, 1U, 2U})
        chain_.run(person, Unbond{chain_.person(person).bonded});
    to_next_epoch();
    EXPECT_EQ(validators(), (std::vector<std::size_t>{0, 1, 2}));  // somebody must
    chain_.blocks(4 * k_epoch);
}

TEST_F(ValidatorEpochs, WhoIsAwayForLongStandsNoMore) {
    chain_.silence(3);
    to_next_epoch();
    EXPECT_TRUE(Candidates::contains(chain_.state(), account_of(3)));  // two turns missed by now
    to_next_epoch();
    EXPECT_EQ(validators(), (std::vector<std::size_t>{0, 1, 2}));
    EXPECT_FALSE(Candidates::contains(chain_.state(), account_of(3)));
    EXPECT_EQ(chain_.person(3).bonded, shares(100));  // unpunished
    chain_.unsilence_all();
    ASSERT_TRUE(stand(3).ok);
    to_next_epoch();
    EXPECT_EQ(validators(), (std::vector<std::size_t>{0, 1, 2, 3}));
}

TEST_F(ValidatorEpochs, ANewHashChainMayNotHaveBeenChosenByTheRevealsThatADrawRestsOn) {
    chain_.blocks(k_epoch - 2);
    join(6, shares(150));  // in blocks 7 and 8
    ASSERT_TRUE(chain_.height() == protocol::Height{k_epoch});
    EXPECT_TRUE(beacon_matured(chain_.state(), {4}));
    to_next_epoch();
    ASSERT_EQ(validators(), (std::vector<std::size_t>{0, 1, 2, 6}));
    const protocol::Height stood = validator(chain_.state(), account_of(6))->stood_at;
    EXPECT_TRUE(beacon_matured(chain_.state(), stood));  // proposers of a third have revealed since
    EXPECT_GT(Beacon::get(chain_.state()).matured_before, stood);
}

protocol::Evidence two_votes(const Hash& chain_id, std::size_t person, protocol::Epoch epoch,
                             std::uint64_t slot) {
    const auto vote = [&](const std::string& block) {
        return sign_vote(chain_id, epoch, protocol::Notarize{.slot = {slot}, .block = hash_of(block)},
                         key_of(person));
    };
    return protocol::VoteEvidence{.first = vote("one"), .second = vote("two")};
}

TEST_F(ValidatorEpochs, EvidenceOfAnEpochThatIsOverStillSlashesWhatLeaves) {
    const auto report = [&](std::size_t person, std::uint64_t epoch, std::uint64_t slot) {
        return chain_.run(9, ReportEvidence{two_votes(chain_.chain_id(), person, {epoch}, slot)});
    };
    ASSERT_TRUE(chain_.run(1, WithdrawCandidacy{}).ok);
    ASSERT_TRUE(chain_.run(1, Unbond{shares(100)}).ok);
    to_next_epoch();
    ASSERT_EQ(validators(), (std::vector<std::size_t>{0, 2, 3}));
    const TransactionReceipt receipt = report(1, 0, 5);
    ASSERT_TRUE(receipt.ok) << receipt.error.message;
    const Slashed slashed = std::get<Slashed>(receipt.events.back());
    EXPECT_EQ(slashed.unbonding.value, shares(100).value / 10);
    EXPECT_EQ(report(1, 0, 5).error.code, ErrorCode::duplicate);
    EXPECT_EQ(report(1, 1, 5).error.code, ErrorCode::not_found);  // not in that epoch's set
    EXPECT_EQ(report(0, 2, 1).error.code, ErrorCode::expired);    // not begun
    EXPECT_TRUE(report(1, 0, 1'000).ok);                          // there may be many slots in few blocks
    while (chain_.height().value < k_epoch + 10)
        chain_.block();
    EXPECT_EQ(report(1, 0, 1'001).error.code, ErrorCode::expired);
}

TEST_F(ValidatorEpochs, NobodyCanTakeTheBondAwayBeforeTheEvidenceIsTooOld) {
    // The latest that is evidence of an epoch, against one who left as early as it could.
    to_next_epoch();
    while (!is_last_of_epoch(k_epoch, chain_.height().next()))
        chain_.block();
    ASSERT_TRUE(chain_.run(1, Unbond{shares(100)}).ok);  // in the block before epoch 2, in which it votes
    ASSERT_TRUE(validator(chain_.state(), account_of(1)).has_value());
    const protocol::Height latest = *last_height_of(k_epoch, {2}) + 10;
    while (chain_.height().next() < latest)
        chain_.block();
    const auto receipt = chain_.run(9, ReportEvidence{two_votes(chain_.chain_id(), 1, {2}, 1'000)});
    ASSERT_TRUE(receipt.ok) << receipt.error.message;
    EXPECT_EQ(std::get<Slashed>(receipt.events.back()).unbonding.value, shares(100).value / 10);
    chain_.block();
    EXPECT_EQ(chain_.person(1).unbonding, Shares{});
}

/// Persons who come, go, cheat and fall silent at random, for many epochs.
class Village {
  public:
    explicit Village(std::uint64_t seed) : chain_(options()), random_(seed) {
        chain_.recount_every_block(true);
        remember_epoch();
    }

    void block() {
        for (std::uint64_t i = random_.below(3); i > 0; --i)
            act();
        const BlockOutcome& outcome = chain_.block();
        for (std::size_t i = 0; i < outcome.receipts.size(); ++i) {
            if (const auto expected = expected_.find(outcome.receipts[i].id); expected != expected_.end()) {
                EXPECT_EQ(outcome.receipts[i].ok, expected->second)
                    << outcome.receipts[i].error.message << " at height " << chain_.height().value;
            }
        }
        expected_.clear();
        if (!sets_.contains(current_epoch(chain_.state()).value)) remember_epoch();
    }
    std::uint64_t epochs() const { return current_epoch(chain_.state()).value; }
    std::size_t different_sets() const {
        std::set<Hash> hashes;
        for (const auto& [number, set] : sets_)
            hashes.insert(set.hash());
        return hashes.size();
    }
    std::uint64_t slashed = 0;

  private:
    static ChainOptions options() {
        ChainOptions options = epoch_options();
        options.parameters.min_validators = 1;
        options.parameters.validator_bond = shares(1);
        options.parameters.evidence_slash_bp = 3'000;
        return options;
    }

    void remember_epoch() {
        const protocol::Epoch running = current_epoch(chain_.state());
        const protocol::ValidatorSet set = validator_set(chain_.state());
        EXPECT_TRUE(set.check().has_value());
        EXPECT_EQ(epoch(chain_.state(), running)->validators, set);
        EXPECT_LE(set.validators.size(), options().parameters.max_validators);
        sets_[running.value] = set;
        chain_.unsilence_all();
        if (set.validators.size() > 1)
            chain_.silence(person_of(set.validators[random_.below(set.validators.size())].key));
    }

    void act() {
        const std::size_t person = random_.below(12);
        const Shares amount{1 + random_.below(60 * k_units_per_share)};
        switch (random_.below(6)) {
            case 0:
                chain_.submit(person, candidacy_of(person, 1 + random_.below(3)));
                break;
            case 1:
                chain_.submit(person, WithdrawCandidacy{});
                break;
            case 2:
                chain_.submit(person, Unbond{amount});
                break;
            case 3:
                chain_.submit(person, Bond{amount});
                break;
            case 4:
                chain_.submit(person, TransferShares{.to = account_of(random_.below(12)), .amount = amount});
                break;
            default:
                report(person);
                break;
        }
    }

    void report(std::size_t person) {
        const std::uint64_t now = epochs();
        const std::uint64_t of = now - std::min(now, random_.below(4));
        const auto& members = sets_.at(of).validators;
        if (!random_.one_in(4)) person = person_of(members[random_.below(members.size())].key);
        const std::uint64_t slot = 1 + random_.below(3 * k_epoch);
        const std::uint64_t height = chain_.height().value + 1;
        const bool fresh = height <= of * k_epoch + std::min(slot, k_epoch) + 10;
        const bool guilty = sets_.at(of).index_of(account_of(person)).has_value();
        const bool is_new = !reported_.contains({person, of, slot});
        const Hash id = chain_.submit(11, ReportEvidence{two_votes(chain_.chain_id(), person, {of}, slot)});
        expected_[id] = fresh && guilty && is_new;
        if (!expected_[id]) return;
        reported_.insert({person, of, slot});
        ++slashed;
    }

    Harness chain_;
    Random random_;
    std::map<std::uint64_t, protocol::ValidatorSet> sets_;
    std::set<std::tuple<std::size_t, std::uint64_t, std::uint64_t>> reported_;
    std::map<Hash, bool> expected_;
};

TEST(EpochsAtRandom, InvariantsHoldWhoeverComesAndGoesAndEvidenceFindsItsEpoch) {
    for (std::uint64_t seed = 1; seed <= 3 * test_scale(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Village village(seed);
        while (village.epochs() < 40)
            village.block();
        EXPECT_GT(village.slashed, 15U);
        EXPECT_GT(village.different_sets(), 10U);
    }
}

TEST(SingleEpoch, NobodyStands) {
    Harness chain;
    EXPECT_EQ(chain.run(9, candidacy_of(9, 1)).error.code, ErrorCode::unavailable);
    EXPECT_EQ(chain.run(0, WithdrawCandidacy{}).error.code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace dure::ledger::testing
