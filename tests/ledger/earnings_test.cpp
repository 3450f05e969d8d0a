// Why an account has what it has.
#include "ledger/earnings.h"

#include <gtest/gtest.h>

#include "ledger/ownership/slashing.h"
#include "tests/ledger/harness.h"

namespace dure::ledger::testing {
namespace {

class WhyAccounts : public ::testing::Test {
  protected:
    void SetUp() override {
        chain_.add_data(8, "a text");
        for (int i = 0; i < 400 && head(chain_.state()).finished.value < 4; ++i)
            chain_.work();
        ASSERT_EQ(head(chain_.state()).finished.value, 4U);
    }
    /// What the explanation says the account should have.
    static std::uint64_t sum(const SharesExplained& shares) {
        const ShareFlowRecord& flows = shares.flows;
        return flows.founded.value + flows.received.low - flows.given.low + flows.rewarded.value -
               flows.slashed.value + shares.minted.value - shares.clawed_back.value;
    }
    Harness chain_;
};

TEST_F(WhyAccounts, EveryShareIsExplainedAlsoAfterTransfersAndSlashes) {
    ASSERT_TRUE(chain_.run(8, TransferShares{.to = account_of(9), .amount = chain_.person(8).free}).ok);
    chain_.act([&](Overlay& state, Events& events) {
        slash(state, chain_.genesis().parameters, account_of(1), account_of(2), SlashCause::dispute,
              chain_.height(), events);
    });
    for (const std::size_t person :
         {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{8}, std::size_t{9}}) {
        const SharesExplained shares = explain_shares(chain_.state(), account_of(person));
        EXPECT_EQ(sum(shares), shares.total.value) << person;
        EXPECT_EQ(shares.total, chain_.person(person).total) << person;
    }
    EXPECT_FALSE(explain_shares(chain_.state(), account_of(1)).clawed_back.is_zero());
    EXPECT_FALSE(explain_shares(chain_.state(), account_of(2)).flows.rewarded.is_zero());
}

TEST_F(WhyAccounts, RowsGoByCursor) {
    const SharesExplained shares = explain_shares(chain_.state(), account_of(8));
    UnitKey from;
    Shares minted;
    std::size_t pages = 0;
    while (true) {
        const auto page = earnings(chain_.state(), account_of(8), from, 1);
        for (const EarningView& one : page.entries) {
            EXPECT_EQ(one.row.beneficiary, account_of(8));
            minted += one.row.amount;
        }
        ++pages;
        if (!page.next) break;
        from = *page.next;
    }
    EXPECT_EQ(pages, shares.rows);
    EXPECT_EQ(minted, shares.minted);
}

TEST_F(WhyAccounts, FeesAreTheSettlementsPartsToTheLastFraction) {
    chain_.pay(1'000'000);
    ASSERT_TRUE(chain_.run(8, Bond{.amount = chain_.person(8).free}).ok);  // settles what came before
    chain_.pay(2'000'003);
    chain_.pay(7);
    const FeesExplained fees = explain_fees(chain_.state(), account_of(8));
    EXPECT_EQ(fees.parts.size(), 2U);
    EXPECT_GT(fees.before.number(), 0U);
    Uint128 all = fees.before.number() + fees.others.number();
    for (const FeePart& part : fees.parts)
        all += part.part.number();
    EXPECT_EQ(all, fees.owed.number());
    EXPECT_EQ(fees.others.number(), 0U);
    EXPECT_EQ(fees.owed, chain_.person(8).pending);
}

}  // namespace
}  // namespace dure::ledger::testing
