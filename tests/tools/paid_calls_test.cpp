// Paid calls as a customer's program makes them: a whole node that sells answers, over HTTP on loopback.
#include <gtest/gtest.h>

#include <thread>

#include "tests/tools/seller.h"
#include "tools/dure/event_stream.h"
#include "tools/dure/paying.h"
#include "tools/dure/paying/wire.h"

namespace dure::tools {
namespace {

namespace json = boost::json;
namespace http = boost::beast::http;

/// One customer with a connection and a book of channels.
class Customer {
  public:
    Customer(Seller& seller, std::size_t number)
        : api_(*Api::open(seller.url())),
          key_(customer_key(number)),
          book_(*ChannelBook::open(seller.wallet(number))) {
        book_.budget.for_run = BudgetLimits{Coin{10'000'000}, Coin{k_grain_per_dure}};
        PayerOptions options;
        options.node = *Url::parse(seller.url());
        options.deposit = Coin{20'000'000};
        buyer_ = std::make_unique<Buyer>(book_, key_, options);
    }

    Result<PaidAnswer> ask(const json::object& request, const Buyer::OnText& on_text = {}) {
        while (true) {  // the server may not have loaded its checkpoint yet
            auto paid = buyer_->ask("/v1/completions", request, on_text);
            if (paid || paid.error().code != ErrorCode::unavailable) return paid;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }

    /// The chunks of a streamed answer, as they are.
    std::vector<json::object> stream(json::object request) {
        request["stream"] = true;
        OwnChannel& channel = book_.channels().empty() ? open_channel() : *book_.find(book_.channels()[0].id);
        channel.promised += Coin{1'000'000};
        channel.uncertain += Coin{1'000'000};
        EXPECT_TRUE(book_.save());
        const auto voucher = make_voucher(key_, channel.chain_id, channel.id, channel.promised);
        const auto challenge = voucher_challenge(api_);
        EXPECT_TRUE(challenge) << challenge.error().message;
        const std::string credential = node::encode_credential({*challenge, std::nullopt, voucher});
        std::vector<json::object> chunks;
        bool done = false;
        EventStream events([&](std::string_view data) {
            EXPECT_FALSE(done);
            done = data == "[DONE]";
            if (!done) chunks.push_back(json::parse(data).as_object());
        });
        const auto response = api_.exchange(http::verb::post, "/v1/completions", json::serialize(request),
                                            {{"authorization", credential}},
                                            [&](std::string_view part) { EXPECT_TRUE(events.push(part)); });
        EXPECT_TRUE(response);
        EXPECT_EQ(response->status, 200U) << response->body;
        EXPECT_EQ(response->header("content-type"), "text/event-stream");
        EXPECT_TRUE(done);
        return chunks;
    }

    std::uint64_t spent() {
        const auto channel = api_.get("/v1/channels/" + book_.channels().at(0).id.hex());
        return channel ? number_at(*channel, "spent") : 0;
    }
    const OwnChannel& channel() const { return book_.channels().at(0); }
    Api& api() { return api_; }

  private:
    OwnChannel& open_channel() {
        EXPECT_TRUE(ask({{"prompt", "논"}, {"max_tokens", 1}}));
        return *book_.find(book_.channels().at(0).id);
    }

    Api api_;
    SecretKey key_;
    ChannelBook book_;
    std::unique_ptr<Buyer> buyer_;
};

class PaidCalls : public testing::Test {
  protected:
    static void SetUpTestSuite() { seller = new Seller; }
    static void TearDownTestSuite() {
        delete seller;
        seller = nullptr;
    }
    static inline Seller* seller = nullptr;
};

const json::object k_request{
    {"prompt", "농부가 논에서"}, {"max_tokens", 40}, {"seed", 5}, {"temperature", 1.0}};

TEST_F(PaidCalls, AStreamedAnswerIsTheWholeOneAndCostsTheSame) {
    Customer customer(*seller, 0);
    const auto whole = customer.ask(k_request);
    ASSERT_TRUE(whole) << whole.error().message;
    EXPECT_FALSE(whole->text.empty());
    std::string streamed;
    std::size_t parts = 0;
    const auto answer = customer.ask(k_request, [&](std::string_view part) {
        streamed += part;
        ++parts;
    });
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(streamed, whole->text);
    EXPECT_EQ(answer->text, whole->text);
    EXPECT_GT(parts, 10U);
    EXPECT_EQ(answer->receipt.cost, whole->receipt.cost);
    EXPECT_EQ(answer->receipt.input_tokens, whole->receipt.input_tokens);
    EXPECT_EQ(answer->receipt.output_tokens, whole->receipt.output_tokens);
    EXPECT_EQ(answer->receipt.cost.value, answer->receipt.input_tokens * k_input_price.value +
                                              answer->receipt.output_tokens * k_output_price.value);
    EXPECT_EQ(answer->receipt.spent, whole->receipt.spent + answer->receipt.cost);
    EXPECT_EQ(customer.spent(), answer->receipt.spent.value);
}

TEST_F(PaidCalls, ManyAtOnceGetWhatEachWouldGetAlone) {
    std::vector<std::string> alone(k_customers);
    std::vector<std::string> together(k_customers);
    const auto request = [](std::size_t i) {
        json::object own = k_request;
        own["seed"] = i;
        own["max_tokens"] = 20 + 10 * i;
        return own;
    };
    for (std::size_t i = 0; i < k_customers; ++i) {
        Customer customer(*seller, i);
        const auto paid = customer.ask(request(i));
        ASSERT_TRUE(paid) << paid.error().message;
        alone[i] = paid->text;
    }
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < k_customers; ++i) {
        threads.emplace_back([&, i] {
            Customer customer(*seller, i);
            const auto paid = customer.ask(request(i), [&](std::string_view part) { together[i] += part; });
            EXPECT_TRUE(paid) << paid.error().message;
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(together, alone);
}

TEST_F(PaidCalls, WhoLeavesInTheMiddlePaysForWhatWasSent) {
    struct Enough {};
    json::object request = k_request;
    request["max_tokens"] = 110;
    Coin before;
    {
        Customer customer(*seller, 1);
        const auto paid = customer.ask(k_request);
        ASSERT_TRUE(paid) << paid.error().message;
        before = paid->receipt.spent;
        int parts = 0;
        EXPECT_THROW(static_cast<void>(customer.ask(request,
                                                    [&](std::string_view) {
                                                        if (++parts == 3) throw Enough{};
                                                    })),
                     Enough);
    }
    Customer again(*seller, 1);
    EXPECT_GT(again.channel().uncertain, Coin{});
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (again.spent() == before.value && std::chrono::steady_clock::now() < limit)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const std::uint64_t cost = again.spent() - before.value;
    EXPECT_GE(cost, 3 * k_output_price.value);
    EXPECT_LT(cost, 110 * k_output_price.value) << "it was not answered to its end";
    // The next receipt settles what was uncertain.
    const auto next = again.ask(k_request);
    ASSERT_TRUE(next) << next.error().message;
    EXPECT_EQ(next->receipt.spent.value, before.value + cost + next->receipt.cost.value);
    EXPECT_EQ(again.channel().uncertain, Coin{});
    EXPECT_EQ(again.channel().spent, next->receipt.spent);
}

TEST_F(PaidCalls, ChunksHaveTheWireFormOfOpenAi) {
    Customer customer(*seller, 2);
    json::object request = k_request;
    request["n"] = 2;
    request["logprobs"] = 3;
    request["stream_options"] = {{"include_usage", true}};
    const std::vector<json::object> chunks = customer.stream(request);
    ASSERT_GT(chunks.size(), 10U);
    std::vector<std::string> texts(2);
    std::vector<std::size_t> tokens(2);
    std::vector<std::string> finish(2);
    for (const json::object& chunk : chunks) {
        EXPECT_EQ(chunk.at("object"), "text_completion");
        EXPECT_EQ(chunk.at("id"), chunks.front().at("id"));
        for (const json::value& choice : chunk.at("choices").as_array()) {
            const auto index = static_cast<std::size_t>(number_at(choice, "index"));
            texts.at(index) += text_at(choice, "text");
            tokens[index] += list_at(choice, "logprobs.tokens").size();
            EXPECT_EQ(list_at(choice, "logprobs.tokens").size(),
                      list_at(choice, "logprobs.top_logprobs").size());
            if (const std::string why = text_at(choice, "finish_reason"); !why.empty()) finish[index] = why;
        }
    }
    EXPECT_TRUE(chunks.back().at("choices").as_array().empty());
    EXPECT_EQ(number_at(chunks.back(), "usage.completion_tokens"), tokens[0] + tokens[1]);
    const json::object& last = chunks[chunks.size() - 2];
    const auto receipt = node::decode_receipt(text_at(last, "payment_receipt"));
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->output_tokens, tokens[0] + tokens[1]);
    EXPECT_EQ(finish[0], "length");
    EXPECT_EQ(customer.spent(), receipt->spent.value);

    // The choices are what each seed gives alone; a whole answer says the same.
    request.erase("stream_options");
    const auto whole = customer.ask(request);
    ASSERT_TRUE(whole) << whole.error().message;
    for (std::size_t i = 0; i < 2; ++i) {
        const json::value& choice = list_at(whole->completion, "choices")[i];
        EXPECT_EQ(text_at(choice, "text"), texts[i]);
        EXPECT_EQ(list_at(choice, "logprobs.token_logprobs").size(), tokens[i]);
        json::object one = k_request;
        one["seed"] = 5 + i;
        EXPECT_EQ(customer.ask(one)->text, texts[i]);
    }
}

std::string first_character(const std::string& text) {
    std::size_t size = 1;
    while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U)
        ++size;
    return text.substr(0, size);
}

TEST_F(PaidCalls, AStopStringEndsTheAnswer) {
    Customer customer(*seller, 3);
    json::object request = k_request;
    const auto whole = customer.ask(request);
    ASSERT_TRUE(whole) << whole.error().message;
    // The character in the middle; where it first occurs is where the answer must end.
    std::size_t at = whole->text.size() / 2;
    while ((static_cast<unsigned char>(whole->text[at]) & 0xC0U) == 0x80U)
        --at;
    const std::string stop = first_character(whole->text.substr(at));
    request["stop"] = json::array{"never so", stop};
    std::string streamed;
    const auto stopped = customer.ask(request, [&](std::string_view part) { streamed += part; });
    ASSERT_TRUE(stopped) << stopped.error().message;
    EXPECT_EQ(streamed, whole->text.substr(0, whole->text.find(stop)));
    EXPECT_EQ(text_at(list_at(stopped->completion, "choices").at(0), "finish_reason"), "stop");
    EXPECT_LT(stopped->receipt.cost, whole->receipt.cost);
}

TEST_F(PaidCalls, WhatCannotBeHeededIsRefusedBeforeItIsPaid) {
    Customer customer(*seller, 4);
    for (const char* wrong :
         {R"({"prompt":"a","stop":7})", R"({"prompt":"a","stop":[7]})", R"({"prompt":"a","stop":""})",
          R"({"prompt":"a","logprobs":21})", R"({"prompt":"a","n":9})", R"({"prompt":"a","n":0})",
          R"({"prompt":"a","top_k":-1})", R"({"prompt":"a","stream":1})",
          R"({"prompt":"a","stream_options":{}})", R"({"prompt":"a","echo":true})",
          R"({"prompt":"a","stream":true,"stream_options":{"x":1}})"}) {
        const auto refused = customer.api().exchange(http::verb::post, "/v1/completions", wrong);
        ASSERT_TRUE(refused);
        EXPECT_EQ(refused->status, 400U) << wrong << refused->body;
    }
}

}  // namespace
}  // namespace dure::tools
