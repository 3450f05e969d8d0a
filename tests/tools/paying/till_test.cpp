// The accounts of calls under way, against a server that is honest and against ones that are not.
#include "tools/dure/paying/till.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "tests/node/storage/temporary_directory.h"

namespace dure::tools {
namespace {

constexpr TokenPrices k_prices{Coin{1}, Coin{3}};
constexpr Day k_today = 20'000;

OwnChannel channel_of(Coin deposit) {
    return {sha256(as_bytes("chain")),
            SecretKey::from_seed("payer").account(),
            SecretKey::from_seed("server").account(),
            sha256(as_bytes("channel")),
            deposit,
            {},
            {},
            {}};
}

node::PaymentReceipt receipt_of(const Hold& hold, std::uint64_t output_tokens, Coin spent_before) {
    node::PaymentReceipt receipt;
    receipt.intent = node::k_intent_session;
    receipt.reference = hold.channel;
    receipt.output_tokens = output_tokens;
    receipt.cost = Coin{output_tokens * k_prices.output.value};
    receipt.spent = spent_before + receipt.cost;
    receipt.cumulative = hold.promised;
    return receipt;
}

class TillTest : public testing::Test {
  protected:
    TillTest() : book_(*ChannelBook::open(folder_.path())) {
        book_.budget.kept = {Coin{1'000'000}, Coin{1'000'000'000}};
        book_.add(channel_of(Coin{10'000}));
        id_ = book_.channels().front().id;
    }
    const OwnChannel& channel() { return *book_.find(id_); }

    test::TemporaryDirectory folder_;
    ChannelBook book_;
    Hash id_;
};

TEST_F(TillTest, AReceiptTurnsWhatWasHeldIntoWhatWasSpent) {
    Till till(book_);
    auto hold = till.promise(id_, Coin{300}, Coin{300}, k_today);
    ASSERT_TRUE(hold);
    EXPECT_EQ(hold->promised, Coin{300});
    EXPECT_EQ(book_.budget.held(), Coin{300});
    ASSERT_TRUE(till.settle(*hold, receipt_of(*hold, 40, {}), k_prices));
    EXPECT_EQ(channel().spent, Coin{120});
    EXPECT_EQ(channel().uncertain, Coin{});
    EXPECT_EQ(channel().promised, Coin{300});
    EXPECT_EQ(book_.budget.spent(), Coin{120});
    EXPECT_EQ(book_.budget.held(), Coin{});
}

TEST_F(TillTest, WhatAReceiptCannotClaimIsRefused) {
    const auto refused = [&](auto change) {
        Till till(book_);
        auto hold = till.promise(id_, Coin{300}, Coin{300}, k_today);
        ASSERT_TRUE(hold);
        node::PaymentReceipt receipt = receipt_of(*hold, 40, channel().spent);
        change(receipt);
        const Coin spent = channel().spent;
        const Status settled = till.settle(*hold, receipt, k_prices);
        ASSERT_TRUE(settled.has_error());
        EXPECT_EQ(settled.error().code, ErrorCode::invalid);
        EXPECT_EQ(channel().spent, spent);
        till.refuse(*hold);
    };
    refused([](auto& receipt) { receipt.reference = sha256(as_bytes("other")); });
    refused([](auto& receipt) { receipt.cost = Coin{121}; });              // not tokens times prices
    refused([](auto& receipt) { receipt.spent += Coin{1}; });              // more than the calls together
    refused([](auto& receipt) { receipt.spent = Coin{100}; });             // less than this call
    refused([](auto& receipt) { receipt.cumulative = Coin{1'000'000}; });  // a voucher that nobody signed
    refused([](auto& receipt) {                                            // more than was covered
        receipt.output_tokens = 101;
        receipt.cost = receipt.spent = Coin{303};
    });
}

TEST_F(TillTest, ALostCallMayBeChargedLaterAndIsNotCalledALie) {
    Till till(book_);
    const auto lost = till.promise(id_, Coin{300}, Coin{300}, k_today);
    ASSERT_TRUE(lost);
    till.lose(*lost);
    EXPECT_EQ(channel().uncertain, Coin{300});
    const auto second = till.promise(id_, Coin{90}, Coin{90}, k_today);
    EXPECT_EQ(second->promised, Coin{390});
    // The server has not seen yet that the first client left.
    ASSERT_TRUE(till.settle(*second, receipt_of(*second, 10, {}), k_prices));
    EXPECT_EQ(channel().uncertain, Coin{});
    const auto third = till.promise(id_, Coin{90}, Coin{90}, k_today);
    ASSERT_TRUE(till.settle(*third, receipt_of(*third, 10, Coin{30 + 270}), k_prices));
    EXPECT_EQ(channel().spent, Coin{330});
    // Once charged it cannot be charged again.
    const auto fourth = till.promise(id_, Coin{90}, Coin{90}, k_today);
    EXPECT_TRUE(till.settle(*fourth, receipt_of(*fourth, 10, Coin{330 + 60}), k_prices).has_error());
}

TEST_F(TillTest, AVoucherIsRaisedWithinTheCallsPartOfTheBudget) {
    Till till(book_);
    auto hold = till.promise(id_, Coin{500}, Coin{100}, k_today);
    ASSERT_TRUE(hold);
    EXPECT_EQ(hold->promised, Coin{100});
    EXPECT_EQ(book_.budget.held(), Coin{500});
    ASSERT_TRUE(till.raise(*hold, Coin{150}, Coin{200}));
    EXPECT_EQ(hold->promised, Coin{300});
    ASSERT_TRUE(till.raise(*hold, Coin{450}, Coin{10}));
    EXPECT_EQ(hold->promised, Coin{450});
    const Hold before = *hold;
    EXPECT_EQ(till.raise(*hold, Coin{501}, Coin{10}).error().code, ErrorCode::invalid);
    EXPECT_EQ(hold->cover, before.cover);
    EXPECT_EQ(book_.budget.held(), Coin{500});
}

TEST_F(TillTest, TheDepositBoundsWhatIsPromised) {
    Till till(book_);
    EXPECT_EQ(till.promise(id_, Coin{10'001}, Coin{10'001}, k_today).error().code, ErrorCode::insufficient);
    EXPECT_EQ(channel().promised, Coin{});
    EXPECT_EQ(book_.budget.held(), Coin{});
    EXPECT_TRUE(till.promise(id_, Coin{10'000}, Coin{10'000}, k_today));
}

TEST_F(TillTest, WhatAServerAsksForMustBeJustified) {
    Till till(book_);
    EXPECT_EQ(till.promise(id_, Coin{100}, Coin{100}, k_today, Coin{101}).error().code, ErrorCode::invalid);
    EXPECT_TRUE(till.promise(id_, Coin{100}, Coin{100}, k_today, Coin{100}));
}

/// Calls begin, end, break off, are refused, in any order, with receipts that overtake each other; the server charges what
/// broke off sooner or later, or never.
RC_GTEST_PROP(Till, AnHonestServerIsBelievedWhateverTheOrder, ()) {
    test::TemporaryDirectory folder;
    ChannelBook book = *ChannelBook::open(folder.path());
    book.budget.kept = {Coin{1'000'000}, Coin{1'000'000'000'000}};
    book.add(channel_of(Coin{1'000'000'000}));
    const Hash id = book.channels().front().id;
    Till till(book);
    struct Running {
        Hold hold;
        Coin cost;
    };
    struct OnItsWay {
        Hold hold;
        node::PaymentReceipt receipt;
    };
    std::vector<Running> running;
    std::vector<OnItsWay> receipts;
    std::vector<Running> abandoned;
    Coin server_spent;
    Coin highest;
    const auto take = [](auto& list) {
        const std::size_t at = *rc::gen::inRange<std::size_t>(0, list.size());
        auto one = list[at];
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(at));
        return one;
    };
    for (int step = 0; step < 60; ++step) {
        switch (*rc::gen::inRange(0, 6)) {
            case 0:
            case 1: {
                const Coin cover{*rc::gen::inRange<std::uint64_t>(3, 1'000)};
                // What the server insists on: spent, what it has reserved for all calls it knows, and this one.
                Coin needed = server_spent + cover;
                for (const Running& one : running)
                    needed += one.hold.cover;
                for (const Running& one : abandoned)
                    needed += one.hold.cover;
                const auto hold = till.promise(id, cover, cover, k_today, needed);
                RC_ASSERT(hold.has_value());
                RC_ASSERT(hold->promised > highest);
                RC_ASSERT(hold->promised >= needed);
                highest = hold->promised;
                const std::uint64_t tokens = *rc::gen::inRange<std::uint64_t>(0, cover.value / 3 + 1);
                running.push_back({*hold, Coin{tokens * 3}});
                break;
            }
            case 2:
                if (!running.empty()) {  // answered; its receipt is on its way
                    const Running one = take(running);
                    node::PaymentReceipt receipt = receipt_of(one.hold, one.cost.value / 3, server_spent);
                    receipt.cumulative = highest;
                    server_spent = receipt.spent;
                    receipts.push_back({one.hold, receipt});
                }
                break;
            case 3:
                if (!receipts.empty()) {
                    const OnItsWay one = take(receipts);
                    RC_ASSERT(till.settle(one.hold, one.receipt, k_prices).has_value());
                }
                break;
            case 4:
                if (!running.empty()) {
                    const Running one = take(running);
                    if (*rc::gen::arbitrary<bool>()) {
                        till.refuse(one.hold);
                    } else {
                        till.lose(one.hold);
                        abandoned.push_back(one);
                    }
                }
                break;
            default:
                if (!abandoned.empty()) server_spent += take(abandoned).cost;
        }
        const OwnChannel& channel = *book.find(id);
        RC_ASSERT(channel.promised == highest);
        RC_ASSERT(channel.promised <= channel.deposit);
        RC_ASSERT(channel.spent <= channel.promised);
    }
}

/// A kill at any moment: what was written is enough never to promise less, or to spend a day's budget twice.
RC_GTEST_PROP(Till, WhatIsWrittenBeforeAVoucherLeavesSurvivesTheProcess, ()) {
    test::TemporaryDirectory folder;
    Coin highest;
    Coin promised_today;
    for (int run = 0; run < 4; ++run) {
        auto opened = ChannelBook::open(folder.path());
        RC_ASSERT(opened.has_value());
        ChannelBook& book = *opened;
        if (run == 0) {
            book.budget.kept = {Coin{1'000}, Coin{5'000}};
            book.add(channel_of(Coin{1'000'000}));
            RC_ASSERT(book.save().has_value());
        }
        const Hash id = book.channels().front().id;
        Till till(book);
        for (int call = *rc::gen::inRange(0, 8); call > 0; --call) {
            const Coin cover{*rc::gen::inRange<std::uint64_t>(1, 1'000)};
            const auto hold = till.promise(id, cover, cover, k_today);
            if (!hold) {
                RC_ASSERT(hold.error().code == ErrorCode::insufficient);
                continue;
            }
            RC_ASSERT(hold->promised > highest);
            highest = hold->promised;
            promised_today += cover;
            RC_ASSERT(promised_today <= Coin{5'000});
            RC_ASSERT(book.save().has_value());
        }
    }
}

TEST(Budget, NamesTheLimitAndTheRemedy) {
    Budget budget({Coin{100}, Coin{1'000}}, 0, {}, {});
    const auto call = budget.hold(k_today, Coin{101});
    ASSERT_TRUE(call.has_error());
    EXPECT_NE(call.error().message.find("--per-call"), std::string::npos);
    ASSERT_TRUE(budget.hold(k_today, Coin{100}));
    ASSERT_TRUE(budget.pay(k_today, Coin{850}));
    const auto day = budget.hold(k_today, Coin{60});
    ASSERT_TRUE(day.has_error());
    EXPECT_EQ(day.error().code, ErrorCode::insufficient);
    EXPECT_NE(day.error().message.find("--per-day"), std::string::npos);
    EXPECT_EQ(budget.left(k_today), Coin{50});
}

TEST(Budget, ANewDayRenewsItAndAnOldOneDoesNot) {
    Budget budget({Coin{100}, Coin{100}}, 0, {}, {});
    const auto yesterday = budget.hold(k_today, Coin{100});
    ASSERT_TRUE(yesterday);
    EXPECT_TRUE(budget.hold(k_today - 1, Coin{1}).has_error());
    EXPECT_EQ(budget.left(k_today + 1), Coin{100});
    ASSERT_TRUE(budget.hold(k_today + 1, Coin{60}));
    budget.settle(*yesterday, Coin{100}, Coin{90});  // of a day that is over
    EXPECT_EQ(budget.spent(), Coin{});
    EXPECT_EQ(budget.left(k_today + 1), Coin{40});
}

TEST(Book, ASecondProgramIsToldWhoPays) {
    test::TemporaryDirectory folder;
    auto first = ChannelBook::open_to_pay(folder.path(), "dure proxy");
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_TRUE(ChannelBook::open(folder.path())) << "looking is allowed";
}

}  // namespace
}  // namespace dure::tools
