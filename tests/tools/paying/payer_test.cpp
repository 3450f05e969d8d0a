// Paying among servers that answer, fail, cheat and pause, as scripted.
#include "tools/dure/paying/payer.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "tests/node/storage/temporary_directory.h"
#include "tests/tools/paying/fake_market.h"
#include "tools/dure/paying.h"

namespace dure::tools {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using test::FakeServer;
using test::Script;

constexpr Coin k_price{1'000};
constexpr Coin k_cost{5'000};

struct Bought {
    std::string text;
    std::optional<Error> error;
    std::optional<HttpResponse> refusal;
    std::optional<node::PaymentReceipt> receipt;
};

class PayerTest : public testing::Test {
  protected:
    PayerTest() : chain_(io_), book_(*ChannelBook::open(folder_.path())) { reopen(); }
    ~PayerTest() override {
        for (const auto& server : servers_)
            EXPECT_TRUE(server->wrongs.empty()) << server->wrongs.front();
    }

    FakeServer& server(const std::string& name, Coin price = k_price) {
        servers_.push_back(std::make_unique<FakeServer>(io_, chain_, name, price));
        return *servers_.back();
    }
    PayerOptions options() const {
        PayerOptions options;
        options.node = *Url::parse(chain_.url());
        options.patience = std::chrono::seconds(5);
        options.final_patience = std::chrono::seconds(2);
        options.today = [this] { return today_; };
        return options;
    }
    /// As after a kill: what is on disk is all that is known.
    void reopen() {
        payer_.reset();
        book_ = *ChannelBook::open(folder_.path());
        payer_ = std::make_unique<Payer>(io_, book_, key_, options());
        payer_->on_report([this](const CallReport& report) { reports_.push_back(report); });
    }

    asio::awaitable<void> buy(Bought& bought, bool stream, std::size_t parts_max) {
        json::object request{{"prompt", "x"}, {"stream", stream}};
        PaidRequest paid{"/v1/completions", json::serialize(request), {2, 6}};
        auto beginning = payer_->begin(std::move(paid));
        Result<Payer::Outcome> outcome = co_await std::move(beginning);
        if (!outcome) {
            bought.error = outcome.error();
            co_return;
        }
        if (auto* refusal = std::get_if<HttpResponse>(&*outcome)) {
            bought.refusal = std::move(*refusal);
            co_return;
        }
        PaidCall& call = *std::get<std::unique_ptr<PaidCall>>(*outcome);
        std::string body;
        for (std::size_t parts = 0; parts < parts_max; ++parts) {
            Result<std::optional<std::string>> part = co_await call.next();
            if (!part) {
                bought.error = part.error();
                break;
            }
            if (!*part) break;
            body += **part;
        }
        for (const char* word : {"one ", "two ", "three"}) {
            if (body.find(word) != std::string::npos) bought.text += word;
        }
        EXPECT_EQ(body.find("payment-needed"), std::string::npos) << "that is not for the client";
        bought.receipt = call.receipt();
    }
    Bought buy(bool stream = true, std::size_t parts_max = 1'000) {
        Bought bought;
        bool done = false;
        asio::co_spawn(io_, buy(bought, stream, parts_max), [&](std::exception_ptr thrown) {
            EXPECT_FALSE(thrown);
            done = true;
        });
        run_until([&] { return done; });
        return bought;
    }
    void run_until(const std::function<bool()>& done) {
        io_.restart();
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!done() && std::chrono::steady_clock::now() < limit)
            io_.run_one_for(std::chrono::milliseconds(50));
        EXPECT_TRUE(done());
    }

    asio::io_context io_{1};
    test::TemporaryDirectory folder_;
    test::FakeChain chain_;
    std::vector<std::unique_ptr<FakeServer>> servers_;
    SecretKey key_ = SecretKey::from_seed("payer");
    Day today_ = 20'000;
    ChannelBook book_;
    std::vector<CallReport> reports_;
    std::unique_ptr<Payer> payer_;
};

TEST_F(PayerTest, OpensAChannelPaysAndKeepsIt) {
    FakeServer& only = server("a");
    for (const bool stream : {true, false, true}) {
        const Bought bought = buy(stream);
        ASSERT_FALSE(bought.error) << bought.error->message;
        EXPECT_EQ(bought.text, "one two three");
        ASSERT_TRUE(bought.receipt);
        EXPECT_EQ(bought.receipt->cost, k_cost);
    }
    EXPECT_EQ(chain_.channels.size(), 1U);
    EXPECT_EQ(only.spent, Coin{3 * k_cost.value});
    EXPECT_EQ(book_.budget.spent(), only.spent + options().fee);
    EXPECT_EQ(book_.budget.held(), Coin{});
    EXPECT_EQ(book_.channels().front().spent, only.spent);
    EXPECT_EQ(reports_.size(), 3U);
    EXPECT_EQ(reports_.front().end, CallEnd::paid);
}

TEST_F(PayerTest, TakesTheCheaperServerAndTheOtherWhenThatFails) {
    FakeServer& cheap = server("cheap", Coin{900});
    FakeServer& dear = server("dear", Coin{5'000});
    ASSERT_FALSE(buy().error);
    EXPECT_EQ(cheap.calls, 1U);
    cheap.script = {Script::fail, Script::fail};
    const Bought bought = buy();
    ASSERT_FALSE(bought.error) << bought.error->message;
    EXPECT_EQ(bought.text, "one two three");
    EXPECT_EQ(dear.calls, 1U);
    ASSERT_FALSE(buy().error);  // the cheap one is left alone for a while
    EXPECT_EQ(dear.calls, 2U);
}

TEST_F(PayerTest, WhatDeliveredNothingIsTriedElsewhere) {
    FakeServer& cheap = server("cheap", Coin{900});
    FakeServer& dear = server("dear", Coin{5'000});
    cheap.script = {Script::break_before};
    const Bought bought = buy();
    ASSERT_FALSE(bought.error) << bought.error->message;
    EXPECT_EQ(bought.text, "one two three");
    EXPECT_EQ(dear.calls, 1U);
    EXPECT_EQ(reports_.front().end, CallEnd::lost);
    EXPECT_GT(book_.budget.held(), Coin{}) << "what the first may have charged stays held";
}

TEST_F(PayerTest, WhatDeliveredSomethingIsNotTriedElsewhere) {
    FakeServer& cheap = server("cheap", Coin{900});
    FakeServer& dear = server("dear", Coin{5'000});
    cheap.script = {Script::break_middle};
    const Bought bought = buy();
    ASSERT_TRUE(bought.error);
    EXPECT_EQ(bought.error->code, ErrorCode::unavailable);
    EXPECT_EQ(bought.text, "one ");
    EXPECT_EQ(dear.calls, 0U);
    EXPECT_GT(book_.channels().front().uncertain, Coin{});
}

TEST_F(PayerTest, AFalseReceiptIsTheServersLast) {
    for (const Script lie : {Script::overcharge, Script::overclaim, Script::no_receipt}) {
        FakeServer& liar = server("liar" + std::to_string(static_cast<int>(lie)), Coin{900});
        liar.script = {lie};
        ASSERT_TRUE(payer_->save());
        reopen();
        const Bought bought = buy();
        EXPECT_TRUE(bought.error) << "the stream's end says so";
        EXPECT_EQ(book_.distrusted.contains(liar.account), lie != Script::no_receipt);
    }
    ASSERT_TRUE(payer_->save());
    FakeServer& honest = server("honest", Coin{9'000});
    reopen();
    servers_[2]->script = {Script::fail};
    const Bought bought = buy();
    ASSERT_FALSE(bought.error) << bought.error->message;
    EXPECT_EQ(honest.calls, 1U) << "liars are remembered by the next run";
}

TEST_F(PayerTest, AWholeAnswerWithAFalseReceiptIsBoughtElsewhere) {
    FakeServer& liar = server("liar", Coin{900});
    FakeServer& honest = server("honest", Coin{5'000});
    liar.script = {Script::overclaim};
    const Bought bought = buy(false);
    ASSERT_FALSE(bought.error) << bought.error->message;
    EXPECT_EQ(honest.calls, 1U);
    EXPECT_TRUE(book_.distrusted.contains(liar.account));
}

TEST_F(PayerTest, AStreamThatWaitsForCoverGetsAHigherVoucher) {
    FakeServer& only = server("a");
    only.script = {Script::pause};
    only.maximum_cost = Coin{40'000'000};  // more than what is promised in advance
    const Bought bought = buy();
    ASSERT_FALSE(bought.error) << bought.error->message;
    EXPECT_EQ(bought.text, "one two three");
    EXPECT_EQ(only.vouchers, 2U);
    EXPECT_LE(book_.channels().front().promised, Coin{40'000'000});
}

TEST_F(PayerTest, ABusyServerIsAskedAgainAndARefusedRequestIsNot) {
    FakeServer& only = server("a");
    only.script = {Script::refuse_busy, Script::answer, Script::refuse_request};
    EXPECT_EQ(buy().text, "one two three");
    const Bought refused = buy();
    ASSERT_TRUE(refused.refusal);
    EXPECT_EQ(refused.refusal->status, 400U);
    EXPECT_EQ(book_.budget.held(), Coin{});
    EXPECT_EQ(book_.channels().front().uncertain, Coin{});
}

TEST_F(PayerTest, AVoucherThatWasOvertakenIsSignedAgain) {
    FakeServer& only = server("a");
    only.script = {Script::lower_once};
    EXPECT_EQ(buy().text, "one two three");
    EXPECT_EQ(only.calls, 1U);
}

TEST_F(PayerTest, WhoAsksMoreThanTheChainSaysIsNotPaid) {
    FakeServer& greedy = server("greedy", Coin{900});
    greedy.registered_price = Coin{800};
    FakeServer& honest = server("honest", Coin{5'000});
    ASSERT_FALSE(buy().error);
    EXPECT_EQ(greedy.vouchers, 0U);
    EXPECT_EQ(honest.calls, 1U);
}

TEST_F(PayerTest, APriceAboveTheBudgetIsNamedAndNothingIsOpened) {
    FakeServer& only = server("a");
    only.maximum_cost = Coin{60'000'000};
    const Bought bought = buy();
    ASSERT_TRUE(bought.error);
    EXPECT_EQ(bought.error->code, ErrorCode::insufficient);
    EXPECT_NE(bought.error->message.find("--per-call"), std::string::npos) << bought.error->message;
    EXPECT_TRUE(chain_.channels.empty());
}

TEST_F(PayerTest, ADaysBudgetEndsAndARestartDoesNotRenewIt) {
    server("a");
    book_.budget.kept = {Coin{50'000'000}, Coin{10'000 + 3 * 8'000}};
    ASSERT_TRUE(book_.save());
    unsigned bought = 0;
    for (int i = 0; i < 20; ++i) {
        reopen();
        if (!buy().error) ++bought;
        ASSERT_TRUE(payer_->save());
    }
    EXPECT_EQ(bought, 4U);  // 10,000 for opening; 8,000 are held for each, 5,000 spent
    const Bought over = buy();
    ASSERT_TRUE(over.error);
    EXPECT_NE(over.error->message.find("--per-day"), std::string::npos);
    ++today_;
    EXPECT_FALSE(buy().error);
}

TEST_F(PayerTest, AKillBetweenPromiseAndAnswerForgetsNothing) {
    FakeServer& only = server("a");
    ASSERT_FALSE(buy().error);
    only.script = {Script::break_middle};
    EXPECT_TRUE(buy().error);
    const Coin promised = book_.channels().front().promised;
    // What stands on disk is from before the answer.
    reopen();
    EXPECT_EQ(book_.channels().front().promised, promised);
    EXPECT_GE(book_.budget.held() + book_.budget.spent(), k_cost);
    EXPECT_EQ(buy().text, "one two three");
    EXPECT_EQ(chain_.channels.size(), 1U);
}

TEST_F(PayerTest, AnOpeningThatWasNotSeenFinalIsFoundAgain) {
    server("a");
    chain_.swallows_transactions = true;
    EXPECT_TRUE(buy().error);
    ASSERT_EQ(book_.channels().size(), 1U);
    const OwnChannel opening = book_.channels().front();
    ASSERT_TRUE(opening.opens_until);
    // It comes into a block after all, while nobody looks.
    chain_.channels[opening.id] = {opening.payer, opening.server, opening.deposit};
    chain_.swallows_transactions = false;
    reopen();
    ASSERT_EQ(book_.channels().size(), 1U);
    EXPECT_EQ(buy().text, "one two three");
    EXPECT_EQ(chain_.channels.size(), 1U);
    EXPECT_FALSE(book_.channels().front().opens_until);
}

TEST_F(PayerTest, ManyCallsAtOnceShareAChannel) {
    FakeServer& only = server("a");
    constexpr std::size_t k_calls = 60;
    std::vector<Bought> bought(k_calls);
    std::size_t done = 0;
    for (Bought& one : bought) {
        asio::co_spawn(io_, buy(one, true, 1'000), [&](std::exception_ptr) { ++done; });
    }
    run_until([&] { return done == k_calls; });
    for (const Bought& one : bought) {
        ASSERT_FALSE(one.error) << one.error->message;
        EXPECT_EQ(one.text, "one two three");
    }
    EXPECT_EQ(chain_.channels.size(), 1U);
    EXPECT_EQ(only.spent, Coin{k_calls * k_cost.value});
    EXPECT_EQ(book_.channels().front().spent, only.spent);
    EXPECT_EQ(book_.channels().front().uncertain, Coin{});
    EXPECT_EQ(book_.budget.held(), Coin{});
}

TEST_F(PayerTest, ASmallChannelIsToppedUp) {
    FakeServer& only = server("a");
    PayerOptions small = options();
    small.deposit = Coin{20'000};
    payer_ = std::make_unique<Payer>(io_, book_, key_, small);
    for (int i = 0; i < 10; ++i)
        ASSERT_FALSE(buy().error);
    EXPECT_EQ(chain_.channels.size(), 1U);
    EXPECT_GE(chain_.channels.begin()->second.deposit, only.spent);
}

}  // namespace
}  // namespace dure::tools
