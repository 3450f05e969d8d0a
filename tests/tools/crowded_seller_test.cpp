// A server that is full: 429 to a payer with a call under way, 503 to whoever else comes, and when to come again.
#include <gtest/gtest.h>

#include <functional>
#include <future>

#include "tests/tools/payment_hand.h"
#include "tools/dure/event_stream.h"

namespace dure::tools {
namespace {

/// A server with room for two calls, and for one of each payer.
class CrowdedSeller : public testing::Test {
  protected:
    /// Streams with so little cover that the answer pauses; when it does, `while_paused` is called, and then comes a
    /// voucher for the rest.
    void stream(std::size_t customer, const std::function<void(Hand&)>& while_paused) {
        Hand hand(seller_, customer);
        json::object request = k_session_request;
        request["max_tokens"] = 110;
        request["stream"] = true;
        const node::SessionTerms terms = Hand::terms_of(hand.call(k_completions, request));
        const std::uint64_t start = terms.minimum_cover.value;
        const HttpResponse opened =
            hand.send(k_vouchers, "", hand.any_call(hand.opening(terms.server, Coin{5'000'000}, start - 1)));
        ASSERT_EQ(opened.status, 200U) << opened.body;
        bool paused = false;
        json::value last;
        EventStream events([&](std::string_view data) {
            if (data == "[DONE]") return;
            const json::value chunk = json::parse(data);
            if (find_at(chunk, "payment_receipt") != nullptr) last = chunk;
            if (find_at(chunk, "requiredCumulative") == nullptr || paused) return;
            paused = true;
            Hand other(seller_, customer);  // the first one's connection is busy
            other.channel = hand.channel;
            while_paused(other);
            const HttpResponse raised =
                other.send(k_vouchers, "", other.any_call(other.voucher(start + terms.maximum_cost.value)));
            EXPECT_EQ(raised.status, 200U) << raised.body;
        });
        const HttpResponse response =
            hand.call(k_completions, request, hand.any_call(hand.voucher(start)),
                      [&](std::string_view part) { EXPECT_TRUE(events.push(part)); });
        EXPECT_EQ(response.status, 200U) << response.body;
        EXPECT_TRUE(paused);
        EXPECT_NE(find_at(last, "payment_receipt"), nullptr) << "who was served is served to the end";
        EXPECT_EQ(find_at(last, "problem"), nullptr);
    }
    /// Asks with a voucher of 1,000,000, and is refused; nothing of it is taken.
    static void expect_refused(Hand& hand, unsigned status, const char* code) {
        const json::object request{{"prompt", "농부가"}, {"max_tokens", 2}};
        const HttpResponse refused =
            hand.call(k_completions, request, hand.any_call(hand.voucher(1'000'000)));
        EXPECT_EQ(refused.status, status) << refused.body;
        EXPECT_EQ(text_at(body_of(refused), "error.code"), code) << refused.body;
        EXPECT_EQ(refused.header("retry-after"), "1");
        EXPECT_LT(hand.channel_number("cumulative"), 1'000'000U) << "its voucher was not taken";
    }

    Seller seller_{[](node::NodeConfig& config) {
        config.max_running_calls = 1;
        config.max_waiting_calls = 1;
        config.max_calls_per_payer = 1;
    }};
};

TEST_F(CrowdedSeller, TellsAPayerWithACallUnderWayToComeAgain) {
    stream(0, [](Hand& same) { expect_refused(same, 429, "too_many_calls"); });
}

TEST_F(CrowdedSeller, TellsWhoeverComesWhenItIsFullToComeAgain) {
    Hand third(seller_, 2);
    const json::object request{{"prompt", "농부가"}, {"max_tokens", 2}};
    const node::SessionTerms terms = Hand::terms_of(third.call(k_completions, request));
    const HttpResponse opened =
        third.send(k_vouchers, "", third.any_call(third.opening(terms.server, Coin{5'000'000}, 1)));
    ASSERT_EQ(opened.status, 200U) << opened.body;
    stream(0, [&](Hand&) { stream(1, [&](Hand&) { expect_refused(third, 503, "unavailable"); }); });
    const HttpResponse served = third.call(k_completions, request, third.any_call(third.voucher(1'000'000)));
    EXPECT_EQ(served.status, 200U) << served.body;
}

}  // namespace
}  // namespace dure::tools
