// Each transaction's rules that are not told elsewhere: moving coins and shares, bonds, peers, sponsors.
#include <gtest/gtest.h>

#include "ledger/ownership/slashing.h"
#include "ledger/transactions/payload.h"
#include "tests/ledger/harness.h"

namespace dure::ledger::testing {
namespace {

const Coin k_fee{10'000};

class Transactions : public ::testing::Test {
  protected:
    Transactions() { chain_.recount_every_block(true); }
    /// Gives person 8 and 9 some free shares by letting a validator bond less than it has: through a finished
    /// round.
    void earn_shares() {
        chain_.add_data(8, "a text");
        for (int i = 0; i < 400 && head(chain_.state()).finished.value < 5; ++i)
            chain_.work();
        ASSERT_FALSE(chain_.person(8).free.is_zero());
    }
    Harness chain_;
};

TEST_F(Transactions, ATransferMovesCoinsAndTheFeeGoesToTheProposer) {
    const Coin sender = chain_.person(8).balance;
    const Coin receiver = chain_.person(40).balance;
    const Coin proposer = chain_.person(0).balance;
    chain_.submit(8, Transfer{.to = account_of(40), .amount = Coin{5}});
    const Account who = chain_.draft().header.proposer;
    ASSERT_EQ(who, account_of(0));
    const BlockOutcome& outcome = chain_.block();
    EXPECT_TRUE(outcome.receipts.at(0).ok);
    EXPECT_EQ(chain_.person(8).balance + Coin{5} + k_fee, sender);
    EXPECT_EQ(chain_.person(40).balance, receiver + Coin{5});
    EXPECT_EQ(chain_.person(0).balance, proposer + k_fee);
    EXPECT_EQ(chain_.person(8).nonce, 1U);
}

TEST_F(Transactions, ATransferToOneselfChangesNothingButTheFee) {
    const Coin before = chain_.person(8).balance;
    ASSERT_TRUE(chain_.run(8, Transfer{.to = account_of(8), .amount = Coin{77}}).ok);
    EXPECT_EQ(chain_.person(8).balance + k_fee, before);
}

TEST_F(Transactions, WhatFailsTakesItsFeeAndLeavesNoOtherTrace) {
    const Coin before = chain_.person(8).balance;
    const TransactionReceipt receipt = chain_.run(8, Transfer{.to = account_of(40), .amount = before});
    EXPECT_FALSE(receipt.ok);
    EXPECT_EQ(receipt.error.code, ErrorCode::insufficient);
    EXPECT_TRUE(receipt.events.empty());
    EXPECT_EQ(chain_.person(8).balance + k_fee, before);
    EXPECT_EQ(chain_.person(8).nonce, 1U);
    EXPECT_TRUE(chain_.person(40).balance.is_zero());
}

TEST_F(Transactions, ASponsorPaysTheFee) {
    ASSERT_TRUE(chain_.person(40).balance.is_zero());
    const Coin sponsor = chain_.person(8).balance;
    const TransactionReceipt receipt = chain_.run(40, RegisterPeer{.roles = k_role_trainer}, 8);
    EXPECT_TRUE(receipt.ok) << receipt.error.message;
    EXPECT_EQ(chain_.person(8).balance + k_fee, sponsor);
    EXPECT_EQ(chain_.person(40).nonce, 1U);
    EXPECT_EQ(chain_.person(8).nonce, 0U);
}

TEST_F(Transactions, ASponsorPaysADepositAndGetsItBack) {
    const Coin sponsor = chain_.person(8).balance;
    const Coin deposit = chain_.genesis().parameters.shard_deposit;
    const ShowData shown = show_of("a newcomer's text");
    const Hash hash = shown.shard;
    ASSERT_TRUE(chain_.run(40, OfferData{offer_commitment(account_of(40), shown.salt, hash)}, 8).ok);
    EXPECT_EQ(chain_.person(8).balance + k_fee + deposit, sponsor);
    chain_.blocks(2);
    ASSERT_TRUE(chain_.run(40, shown, 8).ok);
    while (shard(chain_.state(), hash)->record.status == ShardStatus::judging)
        chain_.score([](const Hash&, const Account&) { return honest_answer("a newcomer's text"); });
    EXPECT_EQ(shard(chain_.state(), hash)->record.status, ShardStatus::accepted);
    EXPECT_EQ(shard(chain_.state(), hash)->record.owner, account_of(40));
    EXPECT_EQ(chain_.person(8).balance + k_fee + k_fee, sponsor);
}

TEST_F(Transactions, SharesMoveWithoutTheirPast) {
    earn_shares();
    // A fee arrives before, and one after, the shares change hands.
    chain_.pay(1'000'000);
    const FineCoin past = chain_.person(8).pending;
    EXPECT_GT(past.high, 0U);
    const Shares amount = chain_.person(8).free;
    ASSERT_TRUE(chain_.run(8, TransferShares{.to = account_of(41), .amount = amount}).ok);
    EXPECT_EQ(chain_.person(8).pending, past);
    EXPECT_EQ(chain_.person(41).pending, FineCoin{});
    EXPECT_EQ(chain_.person(41).free, amount);
    chain_.pay(1'000'000);
    EXPECT_GT(chain_.person(41).pending.number(), 0U);
}

TEST_F(Transactions, BondsLeaveOnlyAfterTheDelay) {
    earn_shares();
    const Shares amount = chain_.person(8).free;
    ASSERT_TRUE(chain_.run(8, Bond{.amount = amount}).ok);
    EXPECT_EQ(chain_.person(8).bonded, amount);
    EXPECT_FALSE(chain_.run(8, Unbond{.amount = amount + Shares{1}}).ok);
    ASSERT_TRUE(chain_.run(8, Unbond{.amount = amount}).ok);
    EXPECT_EQ(chain_.person(8).unbonding, amount);
    EXPECT_FALSE(chain_.run(8, TransferShares{.to = account_of(41), .amount = amount}).ok);
    chain_.blocks(chain_.genesis().parameters.unbonding_delay_blocks - 2);
    EXPECT_EQ(chain_.person(8).unbonding, amount);
    chain_.block();
    EXPECT_TRUE(chain_.person(8).unbonding.is_zero());
    EXPECT_TRUE(chain_.run(8, TransferShares{.to = account_of(41), .amount = amount}).ok);
}

TEST_F(Transactions, TheBondsOfARunningEpochStay) {
    const TransactionReceipt receipt = chain_.run(0, Unbond{.amount = Shares{1}});
    EXPECT_EQ(receipt.error.code, ErrorCode::unavailable);
}

TEST_F(Transactions, ADepositGoesBackToWhoeverPaidIt) {
    const Coin sponsor = chain_.person(8).balance;
    const Coin amount{5'000};
    ASSERT_TRUE(chain_.run(40, PostDeposit{.amount = amount}, 8).ok);
    ASSERT_TRUE(chain_.run(40, PostDeposit{.amount = amount}, 8).ok);
    EXPECT_EQ(deposit_of(chain_.state(), account_of(40)), amount + amount);
    EXPECT_EQ(supply(chain_.state()).in_deposits, amount + amount);
    EXPECT_EQ(chain_.run(40, PostDeposit{.amount = amount}, 9).error.code, ErrorCode::conflict);
    EXPECT_EQ(chain_.run(9, WithdrawDeposit{.account = account_of(40)}).error.code, ErrorCode::unauthorized);
    ASSERT_TRUE(chain_.run(40, WithdrawDeposit{.account = account_of(40)}, 8).ok);
    EXPECT_TRUE(deposit_of(chain_.state(), account_of(40)).is_zero());
    EXPECT_EQ(chain_.run(8, WithdrawDeposit{.account = account_of(40)}).error.code, ErrorCode::unavailable);
    chain_.blocks(chain_.genesis().parameters.unbonding_delay_blocks);
    ASSERT_TRUE(chain_.run(8, WithdrawDeposit{.account = account_of(40)}).ok);
    const std::uint64_t fees_paid = 5;
    EXPECT_EQ(chain_.person(8).balance.value + fees_paid * k_fee.value, sponsor.value);
    EXPECT_TRUE(supply(chain_.state()).in_deposits.is_zero());
}

TEST_F(Transactions, ADepositStaysWhileItsOwnerTakesPartInARound) {
    chain_.add_data(8, "a text");
    ASSERT_TRUE(chain_.run(0, PostDeposit{.amount = Coin{7}}).ok);
    chain_.work();
    ASSERT_NE(joining_round(chain_.state()).participant(account_of(0)), nullptr);
    EXPECT_EQ(chain_.run(0, WithdrawDeposit{.account = account_of(0)}).error.code, ErrorCode::unavailable);
    while (head(chain_.state()).finished.value < 1)
        chain_.work({0});
    EXPECT_TRUE(chain_.run(0, WithdrawDeposit{.account = account_of(0)}).ok);
    // Posting more makes it stand again.
    EXPECT_TRUE(chain_.run(0, PostDeposit{.amount = Coin{1}}).ok);
    EXPECT_EQ(deposit_of(chain_.state(), account_of(0)), Coin{8});
}

TEST_F(Transactions, OnlySoManyUnbondingsAreUnderWay) {
    earn_shares();
    ASSERT_TRUE(chain_.run(8, Bond{.amount = chain_.person(8).free}).ok);
    for (std::size_t i = 0; i < 11; ++i)
        ASSERT_TRUE(chain_.run(8, Unbond{.amount = Shares{1}}).ok);
    chain_.submit(8, Unbond{.amount = Shares{1}});
    chain_.submit(8, Unbond{.amount = Shares{1}});
    for (const TransactionReceipt& receipt : chain_.block().receipts)
        EXPECT_TRUE(receipt.ok);  // one height, one entry
}

TEST_F(Transactions, AWithdrawnPeerIsGone) {
    ASSERT_TRUE(chain_.run(0, RegisterPeer{.roles = 0}).ok);
    EXPECT_FALSE(peer(chain_.state(), account_of(0)).has_value());
    EXPECT_EQ(servers(chain_.state(), std::nullopt, 10).entries.size(), 3U);
}

TEST_F(Transactions, ListsGoByCursor) {
    std::vector<Account> seen;
    std::optional<Account> cursor;
    do {
        const auto page = owners(chain_.state(), cursor, 3);
        for (const AccountView& owner : page.entries)
            seen.push_back(owner.account);
        cursor = page.next;
    } while (cursor);
    ASSERT_EQ(seen.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i)
        EXPECT_EQ(seen[i], account_of(i));
}

TEST(Checks, RefuseWhatNoStateCouldMakeValid) {
    const auto refused = [](const auto& payload) { return !check(payload).has_value(); };
    EXPECT_TRUE(refused(Transfer{}));
    EXPECT_TRUE(refused(TransferShares{}));
    EXPECT_TRUE(refused(Bond{}));
    EXPECT_TRUE(refused(Unbond{}));
    EXPECT_TRUE(refused(RegisterPeer{.roles = 4}));
    EXPECT_TRUE(refused(RegisterPeer{.roles = 1, .endpoint = std::string("host name:1")}));
    EXPECT_TRUE(
        refused(RegisterPeer{.roles = 1, .endpoint = {}, .price_per_input_token = Coin{~std::uint64_t{0}}}));
    for (const char* url : {"127.0.0.1:1", "ftp://a", "http://", "http:///x", "http://:80", "http://a b",
                            "http://u@a", "http://a?q", "http://a#f", "https://a\"b", "javascript:alert(1)"})
        EXPECT_TRUE(refused(RegisterPeer{.roles = 2, .service = std::string(url)})) << url;
    for (const char* url :
         {"", "http://127.0.0.1:8470", "https://dure.example/base", "http://[2001:db8::1]:8470"})
        EXPECT_FALSE(refused(RegisterPeer{.roles = 2, .service = std::string(url)})) << url;
    const auto altered = [](auto change) {
        ShowData shown = show_of("a text");
        change(shown);
        return shown;
    };
    EXPECT_FALSE(refused(show_of("a text")));
    EXPECT_TRUE(refused(altered([](ShowData& shown) { shown.bytes = 0; })));
    EXPECT_TRUE(refused(altered([](ShowData& shown) { shown.license.clear(); })));
    EXPECT_TRUE(refused(altered([](ShowData& shown) { shown.language = std::string("\x01"); })));
    EXPECT_TRUE(refused(altered([](ShowData& shown) {
        shown.tags = Tags{std::string("b"), std::string("a")};
    })));
    EXPECT_TRUE(refused(altered([](ShowData& shown) {
        shown.tags = Tags{std::string("a"), std::string("a")};
    })));
    EXPECT_TRUE(refused(altered([](ShowData& shown) { shown.tags = Tags{std::string("a b")}; })));
    OpenAnswer too_many;
    too_many.answer.tokens = k_max_shard_tokens + 1;
    EXPECT_TRUE(refused(AttestData{.shard = {}, .step = too_many}));
    EXPECT_TRUE(refused(JoinRound{}));
    EXPECT_TRUE(refused(RevealUpdate{}));
    EXPECT_TRUE(refused(OpenChannel{}));
    EXPECT_TRUE(refused(PostDeposit{}));
    EXPECT_TRUE(refused(TopUpChannel{}));
    EXPECT_TRUE(refused(SettleChannel{}));
}

TEST(Payloads, KeepTheirTags) {
    const std::vector<std::pair<const char*, Payload>> tags = {{"transfer", Transfer{}},
                                                               {"transfer_shares", TransferShares{}},
                                                               {"bond", Bond{}},
                                                               {"unbond", Unbond{}},
                                                               {"register_peer", RegisterPeer{}},
                                                               {"offer_data", OfferData{}},
                                                               {"attest_data", AttestData{}},
                                                               {"join_round", JoinRound{}},
                                                               {"submit_update", SubmitUpdate{}},
                                                               {"audit_update", AuditUpdate{}},
                                                               {"attest_checkpoint", AttestCheckpoint{}},
                                                               {"open_channel", OpenChannel{}},
                                                               {"top_up_channel", TopUpChannel{}},
                                                               {"settle_channel", SettleChannel{}},
                                                               {"close_channel", CloseChannel{}},
                                                               {"withdraw_channel", WithdrawChannel{}},
                                                               {"claim_rewards", ClaimRewards{}},
                                                               {"post_deposit", PostDeposit{}},
                                                               {"withdraw_deposit", WithdrawDeposit{}},
                                                               {"report_evidence", ReportEvidence{}},
                                                               {"reveal_update", RevealUpdate{}},
                                                               {"serve_segments", ServeSegments{}},
                                                               {"attest_blob", AttestBlob{}},
                                                               {"open_segments", OpenSegments{}},
                                                               {"check_update", CheckUpdate{}},
                                                               {"dispute_update", DisputeUpdate{}},
                                                               {"show_data", ShowData{}},
                                                               {"withdraw_data", WithdrawData{}},
                                                               {"bond_server", BondServer{}},
                                                               {"unbond_server", UnbondServer{}},
                                                               {"withdraw_server_bond", WithdrawServerBond{}},
                                                               {"report_receipt", ReportReceipt{}},
                                                               {"judge_receipt", JudgeReceipt{}},
                                                               {"pay_call", PayCall{}},
                                                               {"stand_for_validator", StandForValidator{}},
                                                               {"withdraw_candidacy", WithdrawCandidacy{}},
                                                               {"propose_change", ProposeChange{}},
                                                               {"vote_change", VoteChange{}}};
    ASSERT_EQ(tags.size(), std::variant_size_v<Payload>);
    for (std::size_t i = 0; i < tags.size(); ++i) {
        EXPECT_EQ(encode(tags[i].second).at(0), i);
        EXPECT_STREQ(name_of(tags[i].second), tags[i].first);
        EXPECT_EQ(*decode<Payload>(encode(tags[i].second)), tags[i].second);
    }
}

TEST(Payloads, HaveGoldenEncodings) {
    Account to;
    to.key.fill(0xab);
    EXPECT_EQ(to_hex(encode(Payload{Transfer{.to = to, .amount = Coin{258}}})),
              "00" + std::string(64, 'x').replace(0, 64, to_hex(to.key)) + "0201000000000000");
    EXPECT_EQ(to_hex(encode(Payload{JoinRound{.round = {7}, .units = 3}})), "07070000000000000003000000");
    EXPECT_EQ(to_hex(encode(Payload{ClaimRewards{}})), "10");
}

}  // namespace
}  // namespace dure::ledger::testing
