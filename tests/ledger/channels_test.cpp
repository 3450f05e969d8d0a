// Paid inference: a channel from opening to withdrawal, and every voucher that must be refused.
#include <gtest/gtest.h>

#include "tests/ledger/harness.h"

namespace dure::ledger::testing {
namespace {

constexpr std::size_t k_server = 0;
constexpr std::size_t k_payer = 8;
const Coin k_deposit{100'000'000};

class Channel : public ::testing::Test {
  protected:
    Channel() {
        chain_.recount_every_block(true);
        const TransactionReceipt receipt =
            chain_.run(k_payer, OpenChannel{.server = account_of(k_server), .deposit = k_deposit});
        EXPECT_TRUE(receipt.ok) << receipt.error.message;
        id_ = channel_id(receipt.id);
    }
    SettleChannel settlement(std::uint64_t cumulative, std::uint64_t amount) const {
        return {.channel = id_,
                .cumulative = Coin{cumulative},
                .signature = key_of(k_payer).sign(voucher_digest(chain_.chain_id(), id_, Coin{cumulative})),
                .amount = Coin{amount}};
    }
    TransactionReceipt settle(std::uint64_t cumulative, std::uint64_t amount) {
        return chain_.run(k_server, settlement(cumulative, amount));
    }

    Harness chain_;
    Hash id_;
};

const SettlementRecord& settled_by(const TransactionReceipt& receipt) {
    return std::get<ChannelSettled>(receipt.events.at(0)).settlement;
}

TEST_F(Channel, ASettlementIsSplitAmongServerOwnersAndValidators) {
    const TransactionReceipt receipt = settle(10'000'001, 10'000'001);
    ASSERT_TRUE(receipt.ok) << receipt.error.message;
    const SettlementRecord& record = settled_by(receipt);
    EXPECT_EQ(record.amount.value, 10'000'001U);
    EXPECT_EQ(record.server_part.value, 2'000'000U);
    EXPECT_EQ(record.validators_part.value, 500'000U);
    EXPECT_EQ(record.owners_part.value, 7'500'001U);
    EXPECT_EQ(latest_settlements(chain_.state(), 10).at(0), record);
    // Four equal owners.
    Uint128 owed = 0;
    for (std::size_t i = 0; i < 4; ++i)
        owed += chain_.person(i).pending.number();
    EXPECT_EQ(owed + owner_pool(chain_.state()).carry, static_cast<Uint128>(7'500'001) << 64);
    EXPECT_EQ(chain_.person(1).pending.high, 1'875'000U);
}

TEST_F(Channel, ASecondSettlementPaysOnlyTheDifference) {
    ASSERT_TRUE(settle(10'000'000, 10'000'000).ok);
    const TransactionReceipt receipt = settle(25'000'000, 24'000'000);
    ASSERT_TRUE(receipt.ok) << receipt.error.message;
    EXPECT_EQ(settled_by(receipt).amount.value, 14'000'000U);
    EXPECT_EQ(channel(chain_.state(), id_)->settled.value, 24'000'000U);
}

TEST_F(Channel, AReplayedVoucherIsRefused) {
    ASSERT_TRUE(settle(10'000'000, 10'000'000).ok);
    EXPECT_EQ(settle(10'000'000, 10'000'000).error.code, ErrorCode::conflict);
}

TEST_F(Channel, ALoweredVoucherIsRefused) {
    ASSERT_TRUE(settle(10'000'000, 10'000'000).ok);
    EXPECT_EQ(settle(9'000'000, 9'000'000).error.code, ErrorCode::conflict);
}

TEST_F(Channel, AVoucherOverTheDepositIsRefused) {
    EXPECT_EQ(settle(k_deposit.value + 1, 5).error.code, ErrorCode::insufficient);
    EXPECT_TRUE(settle(k_deposit.value, k_deposit.value).ok);
}

TEST_F(Channel, MoreThanTheVoucherSaysMakesTheBlockInvalid) {
    chain_.submit(k_server, settlement(10, 11));
    EXPECT_FALSE(chain_.try_block(chain_.draft()).has_value());
}

TEST_F(Channel, ABadlySignedVoucherIsRefused) {
    SettleChannel forged = settlement(10'000'000, 10'000'000);
    forged.signature.bytes[10] ^= 1;
    EXPECT_EQ(chain_.run(k_server, forged).error.code, ErrorCode::invalid_signature);
    forged = settlement(10'000'000, 10'000'000);
    forged.cumulative = Coin{20'000'000};
    EXPECT_EQ(chain_.run(k_server, forged).error.code, ErrorCode::invalid_signature);
    forged = settlement(10'000'000, 10'000'000);
    forged.signature = key_of(k_payer).sign(voucher_digest(hash_of("another chain"), id_, Coin{10'000'000}));
    EXPECT_EQ(chain_.run(k_server, forged).error.code, ErrorCode::invalid_signature);
}

TEST_F(Channel, OnlyTheServerSettles) {
    EXPECT_EQ(chain_.run(1, settlement(10, 10)).error.code, ErrorCode::unauthorized);
}

TEST_F(Channel, AnUnknownChannelIsNotFound) {
    SettleChannel other = settlement(10, 10);
    other.channel = hash_of("no channel");
    EXPECT_EQ(chain_.run(k_server, other).error.code, ErrorCode::not_found);
}

TEST_F(Channel, ThePayerWaitsForTheCloseDelayAndTheServerMaySettleUntilThen) {
    EXPECT_EQ(chain_.run(k_payer, WithdrawChannel{.channel = id_}).error.code, ErrorCode::conflict);
    ASSERT_TRUE(chain_.run(k_payer, CloseChannel{.channel = id_}).ok);
    EXPECT_EQ(chain_.run(k_payer, CloseChannel{.channel = id_}).error.code, ErrorCode::duplicate);
    EXPECT_EQ(chain_.run(k_payer, WithdrawChannel{.channel = id_}).error.code, ErrorCode::unavailable);
    ASSERT_TRUE(settle(30'000'000, 30'000'000).ok);
    while (chain_.height().next() < *channel(chain_.state(), id_)->withdrawable)
        chain_.block();
    EXPECT_EQ(chain_.run(1, WithdrawChannel{.channel = id_}).error.code, ErrorCode::unauthorized);
    const Coin before = chain_.person(k_payer).balance;
    ASSERT_TRUE(chain_.run(k_payer, WithdrawChannel{.channel = id_}).ok);
    EXPECT_EQ(chain_.person(k_payer).balance, before + Coin{70'000'000} - Coin{10'000});
    EXPECT_FALSE(channel(chain_.state(), id_).has_value());
    EXPECT_EQ(settle(40'000'000, 40'000'000).error.code, ErrorCode::not_found);
    EXPECT_TRUE(supply(chain_.state()).in_channels.is_zero());
}

TEST_F(Channel, ATopUpAddsAndNeverShortensTheDelay) {
    ASSERT_TRUE(chain_.run(k_payer, CloseChannel{.channel = id_}).ok);
    const auto withdrawable = channel(chain_.state(), id_)->withdrawable;
    ASSERT_TRUE(chain_.run(k_payer, TopUpChannel{.channel = id_, .amount = Coin{5'000}}).ok);
    EXPECT_EQ(channel(chain_.state(), id_)->withdrawable, withdrawable);
    EXPECT_EQ(channel(chain_.state(), id_)->deposit, k_deposit + Coin{5'000});
    EXPECT_EQ(chain_.run(1, TopUpChannel{.channel = id_, .amount = Coin{5'000}}).error.code,
              ErrorCode::unauthorized);
}

TEST_F(Channel, TheServerMayCloseAtOnce) {
    ASSERT_TRUE(chain_.run(k_server, CloseChannel{.channel = id_}).ok);
    EXPECT_TRUE(chain_.run(k_payer, WithdrawChannel{.channel = id_}).ok);
}

TEST_F(Channel, StrangersDoNotClose) {
    EXPECT_EQ(chain_.run(2, CloseChannel{.channel = id_}).error.code, ErrorCode::unauthorized);
}

TEST_F(Channel, OnlyRegisteredServersArePaidThroughChannels) {
    EXPECT_EQ(chain_.run(k_payer, OpenChannel{.server = account_of(9), .deposit = Coin{1}}).error.code,
              ErrorCode::not_found);
    EXPECT_EQ(chain_.run(k_payer, OpenChannel{.server = account_of(k_server), .deposit = Coin{k_max_supply}})
                  .error.code,
              ErrorCode::insufficient);
}

TEST_F(Channel, TheServersBeneficiaryIsPaid) {
    ASSERT_TRUE(chain_.run(k_server, RegisterPeer{.roles = k_role_server, .beneficiary = account_of(11)}).ok);
    const Coin before = chain_.person(11).balance;
    ASSERT_TRUE(settle(10'000'000, 10'000'000).ok);
    EXPECT_EQ(chain_.person(11).balance, before + Coin{2'000'000});
}

TEST_F(Channel, OwnersClaimWholeGrainsAndKeepTheFraction) {
    ASSERT_TRUE(settle(3, 3).ok);  // all of it to the owners: three grains for four
    EXPECT_EQ(chain_.run(1, ClaimRewards{}).error.code, ErrorCode::insufficient);
    ASSERT_TRUE(settle(6, 6).ok);
    const Coin before = chain_.person(1).balance;
    const TransactionReceipt receipt = chain_.run(1, ClaimRewards{});
    ASSERT_TRUE(receipt.ok) << receipt.error.message;
    EXPECT_EQ(chain_.person(1).balance.value + 10'000, before.value + 1);
    const auto& claimed = std::get<RewardsClaimed>(receipt.events.at(0));
    EXPECT_EQ(claimed.amount.value, 1U);
    // Half a grain, but for less than 2^-64 grain a share unit that the pool carries.
    EXPECT_LE((std::uint64_t{1} << 63) - claimed.left.low, chain_.person(1).total.value);
}

TEST_F(Channel, OnlyTheLatestSettlementsStayInTheState) {
    chain_.recount_every_block(false);
    for (std::uint64_t i = 1; i <= k_kept_settlements + 20; ++i) {
        chain_.submit(k_server, settlement(i, i));
        if (i % 50 == 0) chain_.block();
    }
    chain_.block();
    EXPECT_EQ(latest_settlements(chain_.state(), 5'000).size(), k_kept_settlements);
    EXPECT_FALSE(Settlements::contains(chain_.state(), 19));
    EXPECT_TRUE(Settlements::contains(chain_.state(), 20));
}

TEST_F(Channel, ACallPaidOnItsOwnIsSplitAsASettlementIs) {
    const Coin before = chain_.person(k_payer).balance;
    const Coin of_server = chain_.person(k_server).balance;
    const TransactionReceipt receipt = chain_.run(
        k_payer,
        PayCall{.server = account_of(k_server), .amount = Coin{10'000'001}, .call = hash_of("a call")});
    ASSERT_TRUE(receipt.ok) << receipt.error.message;
    const auto& paid = std::get<CallPaid>(receipt.events.at(0));
    EXPECT_EQ(paid.call, hash_of("a call"));
    const SettlementRecord& record = paid.settlement;
    EXPECT_TRUE(record.channel.is_zero());
    EXPECT_EQ(record.payer, account_of(k_payer));
    EXPECT_EQ(record.server_part.value, 2'000'000U);
    EXPECT_EQ(record.validators_part.value, 500'000U);
    EXPECT_EQ(record.owners_part.value, 7'500'001U);
    EXPECT_EQ(latest_settlements(chain_.state(), 10).at(0), record);
    EXPECT_EQ(chain_.person(k_payer).balance + Coin{10'000'001} + Coin{10'000}, before);
    EXPECT_GE(chain_.person(k_server).balance, of_server + Coin{2'000'000});
    EXPECT_EQ(channel(chain_.state(), id_)->settled, Coin{});
}

TEST_F(Channel, ACallIsPaidToAServerWithWhatOneHas) {
    const auto pay = [&](std::size_t server, std::uint64_t amount) {
        return chain_.run(k_payer, PayCall{.server = account_of(server), .amount = Coin{amount}, .call = {}})
            .error.code;
    };
    EXPECT_EQ(pay(9, 5), ErrorCode::not_found);
    EXPECT_EQ(pay(k_server, k_max_supply), ErrorCode::insufficient);
    chain_.submit(k_payer, PayCall{.server = account_of(k_server), .amount = {}, .call = {}});
    EXPECT_FALSE(chain_.try_block(chain_.draft()).has_value());
}

TEST_F(Channel, APaidCallCannotBeReplayed) {
    chain_.submit(k_payer, PayCall{.server = account_of(k_server), .amount = Coin{7}, .call = hash_of("c")});
    const protocol::Block paid = chain_.draft();
    ASSERT_TRUE(chain_.block().receipts.at(0).ok);
    protocol::Block again = chain_.draft();
    again.transactions = paid.transactions;
    EXPECT_FALSE(chain_.try_block(again).has_value());
}

}  // namespace
}  // namespace dure::ledger::testing
