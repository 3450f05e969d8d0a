#include "node/roles/registration.h"

#include <gtest/gtest.h>

#include "ledger/serving/server_bonds.h"
#include "tests/ledger/harness.h"

namespace dure::node {
namespace {

using ledger::testing::account_of;
using ledger::testing::ChainOptions;
using ledger::testing::Harness;

constexpr std::size_t k_newcomer = 7;
constexpr Coin k_least{10 * k_grain_per_dure};

ChainOptions with_server_bond() {
    ChainOptions options;
    options.parameters.server_bond = k_least;
    return options;
}

Registration wanted_by_default() {
    return {.sells = true,
            .trains = true,
            .endpoint = "192.0.2.1:8471",
            .service = "http://192.0.2.1:8470",
            .price_per_input_token = Coin{3},
            .price_per_output_token = Coin{5},
            .bond = std::nullopt};
}

class Registrations : public ::testing::Test {
  protected:
    Result<std::optional<ledger::Payload>> next(const Registration& wanted) const {
        return next_registration(chain_.state(), account_of(k_newcomer), wanted);
    }
    /// Does what is to be done until nothing is left. How many transactions that took.
    std::size_t follow(const Registration& wanted) {
        for (std::size_t done = 0;; ++done) {
            const auto payload = next(wanted);
            EXPECT_TRUE(payload) << payload.error().message;
            if (!payload || !*payload) return done;
            EXPECT_TRUE(chain_.run(k_newcomer, **payload).ok);
        }
    }
    std::optional<ledger::PeerView> self() const {
        return ledger::peer(chain_.state(), account_of(k_newcomer));
    }

    Harness chain_{with_server_bond()};
};

TEST_F(Registrations, ANewcomerBondsThenSaysWhereItSellsAndForHowMuch) {
    EXPECT_EQ(follow(wanted_by_default()), 2U);
    ASSERT_TRUE(self());
    EXPECT_EQ(self()->record.roles, ledger::k_role_server | ledger::k_role_trainer);
    EXPECT_EQ(self()->record.service, std::string("http://192.0.2.1:8470"));
    EXPECT_EQ(self()->record.price_per_output_token, Coin{5});
    EXPECT_EQ(self()->server_bond.bonded, k_least);
    EXPECT_EQ(ledger::servers(chain_.state(), std::nullopt, 100).entries.size(), 5U) << "with the founders";
    EXPECT_EQ(follow(wanted_by_default()), 0U) << "what the chain says already is not said again";
}

TEST_F(Registrations, AChangeIsToldAndABeneficiaryStays) {
    ASSERT_TRUE(chain_
                    .run(k_newcomer,
                         ledger::RegisterPeer{.roles = ledger::k_role_trainer, .beneficiary = account_of(9)})
                    .ok);
    follow(wanted_by_default());
    Registration dearer = wanted_by_default();
    dearer.price_per_input_token = Coin{4};
    dearer.trains = false;
    EXPECT_EQ(follow(dearer), 1U);
    EXPECT_EQ(self()->record.price_per_input_token, Coin{4});
    EXPECT_TRUE(self()->record.is(ledger::k_role_trainer)) << "training is not the seller's matter";
    EXPECT_EQ(self()->beneficiary, account_of(9));
}

TEST_F(Registrations, MoreIsBondedIfMoreIsWantedAndNeverLessThanTheChainAsks) {
    Registration wanted = wanted_by_default();
    wanted.bond = Coin{1};
    follow(wanted);
    EXPECT_EQ(self()->server_bond.bonded, k_least);
    wanted.bond = Coin{25 * k_grain_per_dure};
    EXPECT_EQ(follow(wanted), 1U);
    EXPECT_EQ(self()->server_bond.bonded, *wanted.bond);
    wanted.bond.reset();
    EXPECT_EQ(follow(wanted), 0U) << "coins leave a bond only when somebody says so";
}

TEST_F(Registrations, WhoHasStoppedSellingSaysSo) {
    Registration nothing;
    EXPECT_EQ(follow(nothing), 0U) << "who never sold has nothing to say";
    follow(wanted_by_default());
    EXPECT_EQ(follow(nothing), 1U);
    ASSERT_TRUE(self());
    EXPECT_EQ(self()->record.roles, ledger::k_role_trainer);
}

TEST_F(Registrations, WithoutCoinsItSaysWhatIsMissing) {
    Registration wanted = wanted_by_default();
    wanted.bond = chain_.person(k_newcomer).balance;
    const auto payload = next(wanted);
    ASSERT_FALSE(payload);
    EXPECT_EQ(payload.error().code, ErrorCode::insufficient);
    EXPECT_NE(payload.error().message.find("dure send"), std::string::npos);
}

TEST(ReachableAddress, IsOneThatOthersCanUse) {
    const std::vector<std::string> far{"203.0.113.7:8471"};
    EXPECT_EQ(reachable_address("192.0.2.1:8470", "192.0.2.1:8471", far), "192.0.2.1:8470");
    EXPECT_EQ(reachable_address("0.0.0.0:8470", "192.0.2.1:8471", far), "192.0.2.1:8470");
    EXPECT_EQ(reachable_address("[::]:8470", "[2001:db8::1]:8471", far), "[2001:db8::1]:8470");
    EXPECT_EQ(reachable_address("0.0.0.0:8470", "dure.example:8471", far), "dure.example:8470");
    EXPECT_EQ(reachable_address("0.0.0.0:8470", "", far), "");
    EXPECT_EQ(reachable_address("0.0.0.0:8470", "0.0.0.0:8471", far), "");
    EXPECT_EQ(reachable_address("", "", far), "");
}

TEST(ReachableAddress, IsLoopbackOnlyAmongNeighbours) {
    EXPECT_EQ(reachable_address("127.0.0.1:8470", "", {"127.0.0.1:1", "[::1]:2", "localhost:3"}),
              "127.0.0.1:8470");
    EXPECT_EQ(reachable_address("[::1]:8470", "", {}), "[::1]:8470");
    EXPECT_EQ(reachable_address("127.0.0.1:8470", "192.0.2.1:8471", {"127.0.0.1:1", "203.0.113.7:8471"}), "");
    EXPECT_EQ(reachable_address("0.0.0.0:8470", "127.0.0.1:8471", {"203.0.113.7:8471"}), "");
}

}  // namespace
}  // namespace dure::node
