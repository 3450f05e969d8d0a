// Spot checks: who is drawn, what becomes of a verdict, and what request a receipt must be about.
#include "tools/dure/paying/spot_checks.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/json.hpp>
#include <filesystem>
#include <thread>

#include "node/api/base64url.h"
#include "node/roles/chat_prompt.h"
#include "tests/node/roles/served_answer.h"
#include "tests/node/storage/temporary_directory.h"
#include "tests/tools/paying/fake_market.h"
#include "tools/dure/known_answer.h"
#include "tools/dure/paying/spot_replay.h"
#include "tools/dure/wallet.h"

namespace dure::tools {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using test::FakeServer;
using trainer::testing::sample_tokenizer;

/// A receipt as good as any, about an answer to `asked`.
ledger::InferenceReceipt some_receipt(const node::testing::AskedFor& asked = {}) {
    const ledger::InferenceRequest request = node::testing::request_of(asked);
    return node::testing::signed_receipt(SecretKey::from_seed("seller"), {}, {}, {}, request,
                                         {{{5}, "x", ledger::AnswerEnd::stop}}, Coin{5}, {});
}

class SpotCheckTest : public testing::Test {
  protected:
    SpotCheckTest()
        : chain_(io_),
          seller_(io_, chain_, "seller", Coin{1'000}),
          book_(*ChannelBook::open(folder_.path())) {
        PayerOptions options;
        options.node = *Url::parse(chain_.url());
        payer_ = std::make_unique<Payer>(io_, book_, SecretKey::from_seed("payer"), options);
        options_.folder = folder_.path() / "false";
        options_.rate = 1;
    }
    void begin(SpotReplay replay) {
        checks_ = std::make_unique<SpotChecks>(io_, *payer_, options_, std::move(replay),
                                               [this] { return drawn_; });
    }
    CallReport paid() const {
        CallReport report;
        report.server = {seller_.account, seller_.url(), Coin{1}, Coin{1}};
        report.path = "/v1/completions";
        report.end = CallEnd::paid;
        report.body = R"({"prompt":"x"})";
        report.inference_receipt = node::base64url_encode(as_text(encode(some_receipt())));
        return report;
    }
    void wait() {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (checks_->waiting() > 0 && std::chrono::steady_clock::now() < limit) {
            io_.restart();
            io_.run_one_for(std::chrono::milliseconds(20));
        }
        EXPECT_EQ(checks_->waiting(), 0U);
    }
    std::uint64_t count(const char* what) const { return number_at(json::value(checks_->json()), what); }

    static Result<SpotVerdict> same(const SpotSample&, const std::function<bool()>&) {
        return SpotVerdict{true, "same", some_receipt(), std::nullopt};
    }
    static Result<SpotVerdict> different(const SpotSample&, const std::function<bool()>&) {
        return SpotVerdict{false, "different: token 3", some_receipt(), node::testing::request_of({})};
    }

    asio::io_context io_{1};
    test::TemporaryDirectory folder_;
    test::FakeChain chain_;
    FakeServer seller_;
    ChannelBook book_;
    std::unique_ptr<Payer> payer_;
    SpotCheckOptions options_;
    double drawn_ = 0;
    std::unique_ptr<SpotChecks> checks_;
};

TEST_F(SpotCheckTest, OnlyPaidAnswersThatAreDrawnAreReplayed) {
    options_.rate = 0.25;
    begin(same);
    drawn_ = 0.25;
    checks_->consider(paid());
    CallReport lost = paid();
    lost.end = CallEnd::lost;
    drawn_ = 0;
    checks_->consider(lost);
    EXPECT_EQ(checks_->waiting(), 0U);
    drawn_ = 0.24;
    checks_->consider(paid());
    EXPECT_EQ(checks_->waiting(), 1U) << "and the call does not wait for it";
    wait();
    EXPECT_EQ(count("same"), 1U);
    CallReport unsigned_one = paid();
    unsigned_one.inference_receipt.clear();
    checks_->consider(unsigned_one);
    EXPECT_EQ(count("unsigned"), 1U);
    EXPECT_TRUE(book_.distrusted.empty());
}

TEST_F(SpotCheckTest, AFalseAnswerCostsItsServerAllTrustAndIsKeptForAReport) {
    begin(different);
    checks_->consider(paid());
    wait();
    EXPECT_EQ(count("different"), 1U);
    ASSERT_TRUE(book_.distrusted.contains(seller_.account));
    EXPECT_TRUE(ChannelBook::open(folder_.path())->distrusted.contains(seller_.account)) << "in any run";
    const json::value shown = list_at(json::value(checks_->json()), "false_receipts").at(0);
    EXPECT_EQ(text_at(shown, "verdict"), "different: token 3");
    EXPECT_EQ(text_at(shown, "reported"), "") << "unless asked for, no prompt is published";
    EXPECT_EQ(chain_.height, 1U);
    // The file is what `dure report` reads.
    const auto kept = read_file(text_at(shown, "file"), 1 << 20);
    ASSERT_TRUE(kept);
    const auto known = answer_from_json(json::parse(*kept));
    ASSERT_TRUE(known) << known.error().message;
    EXPECT_EQ(known->receipt, some_receipt());
    EXPECT_EQ(known->request, node::testing::request_of({}));
}

TEST_F(SpotCheckTest, IsReportedAtOnceIfThatIsWished) {
    options_.report = true;
    begin(different);
    checks_->consider(paid());
    wait();
    EXPECT_EQ(chain_.height, 2U) << "a transaction";
    const json::value shown = list_at(json::value(checks_->json()), "false_receipts").at(0);
    EXPECT_TRUE(Hash::from_hex(text_at(shown, "reported"))) << json::serialize(shown);
}

TEST_F(SpotCheckTest, WhatCannotBeJudgedAccusesNobody) {
    begin([](const SpotSample&, const std::function<bool()>&) -> Result<SpotVerdict> {
        return Error{ErrorCode::unavailable, "no checkpoint"};
    });
    checks_->consider(paid());
    wait();
    EXPECT_EQ(count("not_judged"), 1U);
    EXPECT_EQ(text_at(json::value(checks_->json()), "last_trouble"), "no checkpoint");
    EXPECT_TRUE(book_.distrusted.empty());
}

TEST_F(SpotCheckTest, NeverMoreWaitThanTheBound) {
    options_.waiting_max = 2;
    begin(same);
    for (int i = 0; i < 5; ++i)
        checks_->consider(paid());
    EXPECT_EQ(checks_->waiting(), 2U);
    wait();
    EXPECT_EQ(count("same"), 2U);
    EXPECT_EQ(count("left_out"), 3U);
}

TEST_F(SpotCheckTest, AReplayUnderWayIsToldToEnd) {
    std::atomic<bool> began = false;
    begin([&](const SpotSample&, const std::function<bool()>& go_on) -> Result<SpotVerdict> {
        began = true;
        while (go_on())
            std::this_thread::yield();
        return Error{ErrorCode::unavailable, "stopped"};
    });
    checks_->consider(paid());
    while (!began) {
        io_.restart();
        io_.run_one_for(std::chrono::milliseconds(20));
    }
    checks_.reset();
    SUCCEED();
}

class RequestAsSent : public testing::Test {
  protected:
    Result<ledger::InferenceRequest> request(const std::string& body, const node::testing::AskedFor& asked,
                                             const std::string& path = "/v1/completions") const {
        SpotSample sample;
        sample.path = path;
        sample.body = body;
        return request_as_sent(sample, some_receipt(asked).statement, chat_, sample_tokenizer());
    }
    const ledger::ChatTemplate chat_ = ledger::ChatTemplate::plain();
};

TEST_F(RequestAsSent, IsTheReceiptsIfThatIsAboutThisCall) {
    const node::testing::AskedFor asked{.prompt = "두레는", .temperature = 0.5F, .seed = 7, .stops = {"."}};
    const auto made =
        request(R"({"prompt":"두레는","temperature":0.5,"seed":7,"stop":".","max_tokens":20})", asked);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(*made, node::testing::request_of(asked));
    EXPECT_TRUE(request(R"({"prompt":"두레는","stop":"."})", asked))
        << "what is left open is the server's to choose";
    for (const char* body :
         {R"({"prompt":"두레가","stop":"."})", R"({"prompt":"두레는"})",
          R"({"prompt":"두레는","stop":".","seed":8})", R"({"prompt":"두레는","stop":".","n":2})",
          R"({"prompt":"두레는","stop":".","temperature":0.6})"}) {
        const auto other = request(body, asked);
        ASSERT_FALSE(other) << body;
        EXPECT_EQ(other.error().code, ErrorCode::invalid) << other.error().message;
    }
    EXPECT_EQ(request("no JSON", asked).error().code, ErrorCode::malformed);
}

TEST_F(RequestAsSent, OfAChatIsMadeByTheChainsTemplate) {
    const std::vector<node::ChatTurn> turns{{node::ChatRole::user, "안녕"}};
    node::testing::AskedFor asked{.prompt = node::chat_prompt(chat_, turns)};
    asked.stops.assign(chat_.stops.begin(), chat_.stops.end());
    const auto made =
        request(R"({"messages":[{"role":"user","content":"안녕"}]})", asked, "/v1/chat/completions");
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(*made, node::testing::request_of(asked));
}

}  // namespace
}  // namespace dure::tools
