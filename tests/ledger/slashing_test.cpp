// What proven wrong-doing costs, and where it goes.
#include <gtest/gtest.h>

#include "ledger/ownership/balances.h"
#include "ledger/ownership/slashing.h"
#include "tests/ledger/harness.h"

namespace dure::ledger::testing {
namespace {

class Slashing : public ::testing::Test {
  protected:
    void finish_rounds(std::uint64_t count) {
        for (int i = 0; i < 600 && head(chain_.state()).finished.value < count; ++i)
            chain_.work();
        ASSERT_EQ(head(chain_.state()).finished.value, count);
    }
    SlashResult slash_person(std::size_t offender, std::optional<std::size_t> prover, SlashCause cause) {
        SlashResult result;
        chain_.act([&](Overlay& state, Events& events) {
            result = slash(state, chain_.genesis().parameters, account_of(offender),
                           prover ? std::optional(account_of(*prover)) : std::nullopt, cause, chain_.height(),
                           events);
            events_ = events;
        });
        return result;
    }
    /// Over the rows of a person's contributions in the receipts: not vested, not revoked.
    Shares unvested_compute(std::size_t person) {
        Shares sum;
        const std::uint64_t finished = head(chain_.state()).finished.value;
        for (std::uint64_t number = 1; number <= finished; ++number) {
            const std::uint64_t elapsed = finished - number;
            const std::uint64_t vesting = chain_.genesis().parameters.vesting_rounds;
            if (elapsed >= vesting) continue;
            const RoundView view = *round(chain_.state(), protocol::Round{number});
            for (const MintRow& row : view.minted) {
                if (row.kind == MintKind::compute && row.contributor == account_of(person))
                    sum += row.amount - Shares{row.amount.value * elapsed / vesting};
            }
        }
        return sum;
    }
    Harness chain_;
    Events events_;
};

TEST_F(Slashing, ALostDisputeTakesBondAndUnvestedWorkAndATenthIsTheProvers) {
    chain_.add_data(8, "a text");
    finish_rounds(3);
    const AccountView before = chain_.person(1);
    const Shares worked = unvested_compute(1);
    const SupplyView supply_before = supply(chain_.state());
    const Shares prover_free = chain_.person(2).free;
    const Shares locked = locked_stake(chain_.state(), chain_.genesis().parameters, account_of(1));

    const SlashResult taken = slash_person(1, 2, SlashCause::dispute);
    EXPECT_EQ(taken.bonded.value, before.bonded.value / 2);
    EXPECT_LE(taken.unvested, worked);
    EXPECT_LT(worked.value - taken.unvested.value, 10U);  // roundings of the rows
    EXPECT_FALSE(taken.unvested.is_zero());
    EXPECT_EQ(taken.bonded + taken.unbonding + taken.unvested, locked);
    EXPECT_EQ(taken.rewarded.value, locked.value / 10);
    EXPECT_EQ(chain_.person(2).free, prover_free + taken.rewarded);
    EXPECT_EQ(chain_.person(1).bonded, before.bonded - taken.bonded);
    EXPECT_EQ(chain_.person(1).free, before.free);
    EXPECT_EQ(chain_.person(1).unvested, before.unvested - taken.unvested);
    EXPECT_EQ(supply(chain_.state()).burned, supply_before.burned + taken.burned);
    EXPECT_EQ(supply(chain_.state()).shares, supply_before.shares - taken.burned);
    EXPECT_EQ(std::get<Slashed>(events_.back()).burned, taken.burned);

    // The epoch's weights stay what they were; the chain goes on, and there is nothing unvested left to take.
    EXPECT_EQ(validator(chain_.state(), account_of(1))->slashed, taken.bonded);
    EXPECT_TRUE(slash_person(1, 2, SlashCause::dispute).unvested.is_zero());
    finish_rounds(9);
}

TEST_F(Slashing, WhatWasClawedBackOfAGrantVestsNoMoreAndTheRestGoesOn) {
    chain_.add_data(8, "a text");
    finish_rounds(2);
    const Shares all = unvested_compute(1);
    Shares taken;
    chain_.act([&](Overlay& state, Events& events) {
        taken = claw_back_compute(state, chain_.genesis().parameters, account_of(1), Shares{all.value / 3},
                                  chain_.height(), events);
    });
    EXPECT_LE(taken.value, all.value / 3);
    EXPECT_GE(taken.value + 2, all.value / 3);
    const SlashResult rest = slash_person(1, std::nullopt, SlashCause::dispute);
    EXPECT_TRUE(rest.rewarded.is_zero());
    EXPECT_LE(taken + rest.unvested, all);
    EXPECT_GE(taken.value + rest.unvested.value + 4, all.value);
    finish_rounds(8);
}

TEST_F(Slashing, PendingFeesOfTheSlashedSharesReturnToTheOtherOwners) {
    chain_.pay(1'000'000);
    const FineCoin owed = chain_.person(1).pending;
    ASSERT_GT(owed.high, 0U);
    const FineCoin others = chain_.person(2).pending;
    const Shares all = chain_.person(1).total;
    const SlashResult taken = slash_person(1, std::nullopt, SlashCause::evidence);
    EXPECT_EQ(taken.bonded.value, all.value / 10);
    // A tenth of what it was owed is gone, and comes back to all that are left in proportion.
    const FineCoin after = chain_.person(1).pending;
    EXPECT_LT(after.number(), owed.number());
    EXPECT_GT(after.number(), owed.number() / 10 * 9);
    EXPECT_GT(chain_.person(2).pending.number(), others.number());
    EXPECT_EQ(owner_pool(chain_.state()).held.value, 750'000U);
}

TEST_F(Slashing, AnUnbondingBondIsSlashedToo) {
    chain_.add_data(8, "a text");
    finish_rounds(5);
    ASSERT_TRUE(chain_.run(8, Bond{.amount = chain_.person(8).free}).ok);
    const Shares bonded = chain_.person(8).bonded;
    ASSERT_TRUE(chain_.run(8, Unbond{.amount = bonded}).ok);
    const SlashResult taken = slash_person(8, std::nullopt, SlashCause::scoring);
    EXPECT_TRUE(taken.bonded.is_zero());
    EXPECT_EQ(taken.unbonding.value, bonded.value / 20);
    EXPECT_TRUE(taken.unvested.is_zero());
}

TEST_F(Slashing, ADepositIsSplitBetweenProverAndOwners) {
    ASSERT_TRUE(chain_.run(40, PostDeposit{.amount = Coin{1'000}}, 8).ok);
    const Coin prover = chain_.person(9).balance;
    const SlashResult taken = slash_person(40, 9, SlashCause::dispute);
    EXPECT_EQ(taken.deposit, Coin{1'000});
    EXPECT_EQ(chain_.person(9).balance, prover + Coin{100});
    EXPECT_EQ(owner_pool(chain_.state()).held, Coin{900});
    EXPECT_TRUE(supply(chain_.state()).in_deposits.is_zero());
}

TEST_F(Slashing, WhoProvesItAgainstHimselfGetsNothing) {
    EXPECT_TRUE(slash_person(1, 1, SlashCause::dispute).rewarded.is_zero());
}

TEST_F(Slashing, AShardsUnvestedSharesBurn) {
    chain_.add_data(8, "a text");
    chain_.add_data(8, "another text");
    finish_rounds(2);
    const Shares before = chain_.person(8).unvested;
    Shares taken;
    chain_.act([&](Overlay& state, Events& events) {
        taken =
            claw_back_shard(state, chain_.genesis().parameters, hash_of("a text"), chain_.height(), events);
    });
    EXPECT_FALSE(taken.is_zero());
    EXPECT_EQ(chain_.person(8).unvested, before - taken);
    EXPECT_FALSE(chain_.person(8).unvested.is_zero());
    chain_.act([&](Overlay& state, Events& events) {
        EXPECT_TRUE(
            claw_back_shard(state, chain_.genesis().parameters, hash_of("a text"), chain_.height(), events)
                .is_zero());
    });
    finish_rounds(8);
}

}  // namespace
}  // namespace dure::ledger::testing
