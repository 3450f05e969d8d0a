#include "tools/dure/paying/market.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tools/dure/paying/sse.h"

namespace dure::tools {
namespace {

using std::chrono::milliseconds;

ServerOffer offer(const std::string& name, std::uint64_t price) {
    return {SecretKey::from_seed(name).account(), "http://" + name + ":80", Coin{price}, Coin{price}};
}

std::string best(const Market& market, Market::Time now, const std::vector<Account>& funded = {}) {
    const auto ranked = market.ranked(now, {10, 100}, funded);
    return ranked.empty() ? "" : ranked.front().url.substr(7, ranked.front().url.size() - 10);
}

class MarketTest : public testing::Test {
  protected:
    MarketTest() { market_.list({offer("cheap", 100), offer("dear", 300)}); }
    Market market_;
    Market::Time now_{};
    const Account cheap_ = offer("cheap", 0).server;
    const Account dear_ = offer("dear", 0).server;
};

TEST_F(MarketTest, TheCheaperOneIsAskedUnlessItIsMuchSlower) {
    now_ += std::chrono::hours(1);
    EXPECT_EQ(best(market_, now_), "cheap");
    market_.answered(cheap_, milliseconds(500));
    market_.answered(dear_, milliseconds(50));
    EXPECT_EQ(best(market_, now_), "cheap");
    for (int i = 0; i < 30; ++i)
        market_.answered(cheap_, milliseconds(5'000));
    EXPECT_EQ(best(market_, now_), "dear");
}

TEST_F(MarketTest, AChannelIsWorthALittle) {
    now_ += std::chrono::hours(1);
    market_.list({offer("a", 100), offer("b", 110)});
    EXPECT_EQ(best(market_, now_), "a");
    EXPECT_EQ(best(market_, now_, {offer("b", 0).server}), "b");
}

TEST_F(MarketTest, WhoFailsIsLeftAloneForLongerEachTime) {
    now_ += std::chrono::hours(1);
    milliseconds before{0};
    for (int failure = 0; failure < 20; ++failure) {
        market_.failed(cheap_, now_, "no");
        EXPECT_EQ(best(market_, now_), "dear");
        const auto pause = std::chrono::duration_cast<milliseconds>(market_.next_back(now_, {dear_}) - now_);
        EXPECT_GE(pause, before);
        EXPECT_LE(pause, Market::k_back_off_max);
        before = pause;
        now_ += pause;
        EXPECT_EQ(best(market_, now_), "cheap");
    }
    EXPECT_EQ(before, Market::k_back_off_max);
    market_.answered(cheap_, milliseconds(10));
    market_.failed(cheap_, now_, "no");
    EXPECT_EQ(market_.next_back(now_, {dear_}) - now_, Market::k_first_back_off);
}

TEST_F(MarketTest, BusyIsNoFailure) {
    now_ += std::chrono::hours(1);
    market_.busy(cheap_, now_, milliseconds(700));
    EXPECT_EQ(best(market_, now_), "dear");
    EXPECT_EQ(best(market_, now_ + milliseconds(700)), "cheap");
    EXPECT_EQ(market_.records().at(cheap_).failed, 0U);
}

TEST_F(MarketTest, WhatIsKnownOutlivesANewList) {
    now_ += std::chrono::hours(1);
    market_.failed(cheap_, now_, "no");
    market_.list({offer("cheap", 50), offer("dear", 300)});
    EXPECT_EQ(best(market_, now_), "dear");
    market_.list({offer("dear", 300)});
    EXPECT_EQ(market_.records().size(), 1U);
}

RC_GTEST_PROP(EventCutter, EventsAreTheSameHoweverTheBytesAreCut, (const std::vector<std::string>& texts)) {
    std::string bytes;
    for (std::string text : texts) {
        std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
        bytes += "event: e\r\ndata: " + text + "\r\n\r\n";
        bytes += "data:" + text + "\ndata: 2\n\n";
    }
    const std::size_t part = *rc::gen::inRange<std::size_t>(1, 20);
    EventCutter cutter;
    std::string raw;
    std::size_t count = 0;
    for (std::size_t at = 0; at < bytes.size(); at += part) {
        const auto events = cutter.push(std::string_view(bytes).substr(at, part));
        RC_ASSERT(events.has_value());
        for (const ServerEvent& event : *events) {
            raw += event.raw;
            RC_ASSERT((event.name == "e") == (count % 2 == 0));
            ++count;
        }
    }
    RC_ASSERT(raw == bytes);
    RC_ASSERT(count == 2 * texts.size());
    RC_ASSERT(cutter.rest().empty());
}

}  // namespace
}  // namespace dure::tools
