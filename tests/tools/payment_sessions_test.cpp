// Payment sessions over HTTP: channels opened, raised, topped up and closed by credentials, calls paid by one
// transaction, streams that wait for a voucher, chats; and credentials that are none.
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <future>
#include <random>
#include <thread>

#include "tests/support/scale.h"
#include "tests/tools/payment_hand.h"
#include "tools/dure/event_stream.h"

namespace dure::tools {
namespace {

namespace http = boost::beast::http;

constexpr const char* k_chat = "/v1/chat/completions";

class PaymentSessions : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        seller = new Seller([](node::NodeConfig& config) { config.cover_seconds = 1; });
    }
    static void TearDownTestSuite() {
        delete seller;
        seller = nullptr;
    }
    static inline Seller* seller = nullptr;
};

TEST_F(PaymentSessions, AChannelIsOpenedPaidThroughToppedUpAndClosedByCredentialsAlone) {
    Hand hand(*seller, 0);
    const HttpResponse offer = hand.call(k_completions, k_session_request);
    ASSERT_EQ(offer.status, 402U);
    EXPECT_EQ(problem_in(offer), "https://paymentauth.org/problems/payment-required");
    EXPECT_EQ(offer.header("cache-control"), "no-store");
    const node::SessionTerms terms = Hand::terms_of(offer);
    const std::uint64_t cost = terms.maximum_cost.value;
    const auto open = hand.opening(terms.server, terms.maximum_cost, cost);
    const std::string credential =
        node::encode_credential({Hand::challenge_of(offer), hand.key().account(), open});
    const HttpResponse answer = hand.call(k_completions, k_session_request, credential);
    ASSERT_EQ(answer.status, 200U) << answer.body;
    EXPECT_EQ(answer.header("cache-control"), "private");
    const auto receipt = node::decode_receipt(answer.header("payment-receipt"));
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->reference, hand.channel);
    EXPECT_EQ(receipt->cumulative.value, cost);
    EXPECT_EQ(receipt->challenge, Hand::challenge_of(offer).id);

    // The same again is refused: its voucher was used.
    const HttpResponse again = hand.call(k_completions, k_session_request, credential);
    EXPECT_EQ(again.status, 402U);
    EXPECT_EQ(problem_in(again), "https://dure.network/problems/voucher-replayed");

    // The deposit is used up: more can be promised after a top-up.
    const HttpResponse over =
        hand.call(k_completions, k_session_request, hand.any_call(hand.voucher(cost + 50'000)));
    EXPECT_EQ(problem_in(over), "https://paymentauth.org/problems/session/amount-exceeds-deposit");
    const node::TopUpPayload more{hand.channel, hand.sign(ledger::TopUpChannel{hand.channel, Coin{50'000}})};
    const HttpResponse added = hand.send(k_vouchers, "", hand.any_call(more));
    ASSERT_EQ(added.status, 200U) << added.body;
    EXPECT_EQ(number_at(body_of(added), "deposit"), cost + 50'000);
    const HttpResponse second =
        hand.call(k_completions, k_session_request, hand.any_call(hand.voucher(cost + 50'000)));
    EXPECT_EQ(second.status, 200U) << second.body;
    const auto total = node::decode_receipt(second.header("payment-receipt"));
    ASSERT_TRUE(total);

    // A voucher without a call, twice: the second changes nothing.
    const HttpResponse closed =
        hand.send(k_vouchers, "",
                  hand.any_call(node::ClosePayload{hand.channel, Coin{cost + 50'000},
                                                   hand.voucher(cost + 50'000).signature}));
    ASSERT_EQ(closed.status, 200U) << closed.body;
    const auto last = node::decode_receipt(closed.header("payment-receipt"));
    ASSERT_TRUE(last);
    EXPECT_TRUE(last->transaction.has_value());
    EXPECT_EQ(last->spent, total->spent);
    EXPECT_EQ(hand.channel_number("settled"), total->spent.value) << "all that was earned, and no more";
    EXPECT_TRUE(hand.api().send(hand.key(), ledger::WithdrawChannel{hand.channel}, k_hand_fee)) << "at once";
}

TEST_F(PaymentSessions, ACallIsPaidByOneTransactionOnce) {
    Hand hand(*seller, 1);
    const HttpResponse offer = hand.call(k_completions, k_session_request);
    const node::PaymentChallenge challenge = Hand::challenge_of(offer, "charge");
    const auto terms = node::charge_terms(challenge);
    ASSERT_TRUE(terms);
    const auto paying = [&](Coin amount, const Hash& call) {
        const node::ChargePayload paid{hand.sign(ledger::PayCall{terms->server, amount, call})};
        return node::encode_credential({challenge, std::nullopt, paid});
    };
    const Hash call = node::charged_call(challenge);
    const Coin less{terms->amount.value - 1};
    EXPECT_EQ(problem_in(hand.call(k_completions, k_session_request, paying(less, call))),
              "https://paymentauth.org/problems/verification-failed");
    EXPECT_EQ(problem_in(hand.call(k_completions, k_session_request, paying(terms->amount, Hash{}))),
              "https://paymentauth.org/problems/verification-failed");
    const std::string good = paying(terms->amount, call);
    json::object other = k_session_request;
    other["seed"] = 6;
    EXPECT_EQ(problem_in(hand.call(k_completions, other, good)),
              "https://paymentauth.org/problems/invalid-challenge");
    const HttpResponse answer = hand.call(k_completions, k_session_request, good);
    ASSERT_EQ(answer.status, 200U) << answer.body;
    const auto receipt = node::decode_receipt(answer.header("payment-receipt"));
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->intent, "charge");
    EXPECT_EQ(receipt->cost, terms->amount);
    const auto settlements = hand.api().get("/v1/settlements");
    EXPECT_EQ(text_at(list_at(*settlements, "items").at(0), "transaction"), receipt->reference.hex());
    EXPECT_EQ(problem_in(hand.call(k_completions, k_session_request, good)),
              "https://paymentauth.org/problems/invalid-challenge");
}

TEST_F(PaymentSessions, AStreamWaitsForItsNextVoucherAndGoesOnWhenItComes) {
    Hand hand(*seller, 2);
    json::object request = k_session_request;
    request["max_tokens"] = 110;
    const HttpResponse plain = hand.call(k_completions, request);
    const node::SessionTerms whole = Hand::terms_of(plain);
    EXPECT_EQ(whole.minimum_cover, whole.maximum_cost) << "what is not streamed is covered whole";
    request["stream"] = true;
    const node::SessionTerms terms = Hand::terms_of(hand.call(k_completions, request));
    EXPECT_LT(terms.minimum_cover, terms.maximum_cost);
    const std::uint64_t start = terms.minimum_cover.value;
    const HttpResponse opened =
        hand.send(k_vouchers, "", hand.any_call(hand.opening(terms.server, Coin{5'000'000}, start - 1)));
    ASSERT_EQ(opened.status, 200U) << opened.body;

    const auto stream = [&](std::uint64_t cumulative, bool raise) {
        std::string text;
        json::value last;
        std::size_t asked = 0;
        EventStream events([&](std::string_view data) {
            if (data == "[DONE]") return;
            const json::value chunk = json::parse(data);
            if (find_at(chunk, "requiredCumulative") != nullptr) {
                ++asked;
                EXPECT_EQ(text_at(chunk, "channelId"), hand.channel.hex());
                EXPECT_EQ(number_at(chunk, "acceptedCumulative"), cumulative);
                if (!raise) return;
                cumulative = number_at(chunk, "requiredCumulative");
                // On another connection, with the challenge that the event brings.
                Hand other(*seller, 2);
                other.channel = hand.channel;
                const auto challenge = node::decode_challenge(text_at(chunk, "challenge"));
                EXPECT_TRUE(challenge);
                const HttpResponse raised = other.send(
                    k_vouchers, "",
                    node::encode_credential({*challenge, std::nullopt, other.voucher(cumulative)}));
                EXPECT_EQ(raised.status, 200U) << raised.body;
                return;
            }
            for (const json::value& choice : list_at(chunk, "choices"))
                text += text_at(choice, "text");
            if (find_at(chunk, "payment_receipt") != nullptr) last = chunk;
        });
        const HttpResponse response =
            hand.call(k_completions, request, hand.any_call(hand.voucher(cumulative)),
                      [&](std::string_view part) { EXPECT_TRUE(events.push(part)); });
        EXPECT_EQ(response.status, 200U) << response.body;
        return std::tuple(text, last, asked, cumulative);
    };
    const auto [text, last, asked, cumulative] = stream(start, true);
    EXPECT_GE(asked, 2U);
    const auto receipt = node::decode_receipt(text_at(last, "payment_receipt"));
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->cumulative.value, cumulative);
    EXPECT_LE(receipt->spent.value, cumulative);
    EXPECT_EQ(find_at(last, "problem"), nullptr);

    // Nobody sends a voucher: the answer ends where its cover does, with what was covered paid.
    const std::uint64_t next = receipt->spent.value + start;
    const auto [piece, end, waited, same] = stream(std::max(next, cumulative + 1), false);
    EXPECT_EQ(waited, 1U);
    EXPECT_EQ(text.substr(0, piece.size()), piece);
    EXPECT_LT(piece.size(), text.size());
    EXPECT_EQ(text_at(end, "problem.code"), "insufficient-balance");
    EXPECT_EQ(text_at(list_at(end, "choices").at(0), "finish_reason"), "length");
    const auto cut = node::decode_receipt(text_at(end, "payment_receipt"));
    ASSERT_TRUE(cut);
    EXPECT_LE(cut->spent.value, same);
    EXPECT_GT(cut->spent, receipt->spent);
}

TEST_F(PaymentSessions, AChatHasOpenAisForm) {
    Hand hand(*seller, 3);
    json::object request{{"model", "dure"},
                         {"messages",
                          {{{"role", "system"}, {"content", "짧게"}},
                           {{"role", "user"}, {"content", {{{"type", "text"}, {"text", "논에서"}}}}}}},
                         {"max_completion_tokens", 20},
                         {"seed", 3},
                         {"logprobs", true},
                         {"top_logprobs", 2}};
    const node::SessionTerms terms = Hand::terms_of(hand.call(k_chat, request));
    const std::uint64_t cost = terms.maximum_cost.value;
    const auto open = hand.opening(terms.server, Coin{cost * 4}, cost);
    const HttpResponse answer = hand.call(k_chat, request, hand.any_call(open));
    ASSERT_EQ(answer.status, 200U) << answer.body;
    const json::value body = body_of(answer);
    EXPECT_EQ(text_at(body, "object"), "chat.completion");
    const json::value& choice = list_at(body, "choices").at(0);
    EXPECT_EQ(text_at(choice, "message.role"), "assistant");
    const auto& tokens = list_at(choice, "logprobs.content");
    EXPECT_EQ(tokens.size(), number_at(body, "usage.completion_tokens"));
    EXPECT_EQ(list_at(tokens.at(0), "top_logprobs").size(), 2U);
    EXPECT_FALSE(list_at(tokens.at(0), "bytes").empty());

    request["stream"] = true;
    std::string text;
    std::size_t roles = 0;
    std::string finish;
    EventStream events([&](std::string_view data) {
        if (data == "[DONE]") return;
        const json::value chunk = json::parse(data);
        EXPECT_EQ(text_at(chunk, "object"), "chat.completion.chunk");
        for (const json::value& one : list_at(chunk, "choices")) {
            roles += text_at(one, "delta.role").empty() ? 0U : 1U;
            text += text_at(one, "delta.content");
            finish += text_at(one, "finish_reason");
        }
    });
    const HttpResponse streamed = hand.call(k_chat, request, hand.any_call(hand.voucher(cost * 3)),
                                            [&](std::string_view part) { EXPECT_TRUE(events.push(part)); });
    EXPECT_EQ(streamed.status, 200U) << streamed.body;
    EXPECT_EQ(text, text_at(choice, "message.content"));
    EXPECT_EQ(roles, 1U);
    EXPECT_EQ(finish, text_at(choice, "finish_reason"));
}

TEST_F(PaymentSessions, ModelsAreListedAndEmbeddingsRefusedWithAReason) {
    Hand hand(*seller, 4);
    const auto models = hand.api().get("/v1/models");
    ASSERT_TRUE(models);
    EXPECT_EQ(text_at(list_at(*models, "data").at(0), "id"), "dure");
    EXPECT_EQ(hand.api().exchange(http::verb::get, "/v1/models/dure")->status, 200U);
    EXPECT_EQ(hand.api().exchange(http::verb::get, "/v1/models/gpt")->status, 404U);
    const HttpResponse refused = hand.call("/v1/embeddings", {{"input", "a"}, {"model", "dure"}});
    EXPECT_EQ(refused.status, 404U);
    EXPECT_EQ(text_at(body_of(refused), "error.type"), "invalid_request_error");
    const HttpResponse bearer =
        hand.call(k_chat, {{"messages", {{{"role", "user"}, {"content", "a"}}}}}, "Bearer sk-nothing");
    EXPECT_EQ(problem_in(bearer), "https://paymentauth.org/problems/payment-required");
    EXPECT_EQ(hand.call(k_chat, {{"messages", {{{"role", "robot"}, {"content", "a"}}}}}).status, 400U);
}

/// A credential with something changed in it: in its bytes, in its base64, or field by field.
std::string mutated(const std::string& good, std::mt19937_64& random) {
    const std::string_view scheme = "Payment ";
    std::string raw = *node::base64url_decode(std::string_view(good).substr(scheme.size()));
    std::string text = good;
    std::string& target = random() % 4 == 0 ? text : raw;
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
        const std::size_t at = random() % target.size();
        switch (random() % 4) {
            case 0:
                target[at] = static_cast<char>(static_cast<unsigned char>(target[at]) ^ (1U << random() % 8));
                break;
            case 1:
                target[at] = static_cast<char>('0' + random() % 10);
                break;
            case 2:
                target.erase(at, 1 + random() % 4);
                break;
            default:
                target.insert(at, 1, static_cast<char>(random() % 256));
                break;
        }
        if (target.empty()) target = "P";
    }
    if (&target == &raw) text = std::string(scheme) + node::base64url_encode(raw);
    return text;
}

TEST_F(PaymentSessions, NoMutatedCredentialIsServed) {
    // In the process that serves, so that a hundred thousand take seconds.
    Hand hand(*seller, 5);
    const json::object request{{"prompt", "논"}, {"max_tokens", 1}};
    const std::string body = json::serialize(request);
    const node::SessionTerms terms = Hand::terms_of(hand.call(k_completions, request));
    const auto open = hand.opening(terms.server, Coin{5'000'000}, 1);
    const std::string opening = hand.any_call(open);
    ASSERT_EQ(hand.send(k_vouchers, "", opening).status, 200U);
    const std::uint64_t before = hand.channel_number("spent");
    const node::PaymentChallenge offered = Hand::challenge_of(hand.call(k_completions, request));
    const node::PaymentChallenge charge = Hand::challenge_of(hand.call(k_completions, request), "charge");
    const std::uint64_t promise = 4'000'000;
    const std::vector<std::string> good{
        node::encode_credential({offered, hand.key().account(), hand.voucher(promise)}),
        node::encode_credential({offered, hand.key().account(), open}),
        node::encode_credential(
            {offered, std::nullopt,
             node::ClosePayload{hand.channel, Coin{promise}, hand.voucher(promise).signature}}),
        node::encode_credential(
            {offered, std::nullopt,
             node::TopUpPayload{hand.channel, hand.sign(ledger::TopUpChannel{hand.channel, Coin{5}})}}),
        node::encode_credential(
            {charge, std::nullopt,
             node::ChargePayload{hand.sign(ledger::PayCall{terms.server, Coin{terms.maximum_cost.value},
                                                           node::charged_call(charge)})}})};
    std::vector<node::PaymentCredential> known;
    for (const std::string& one : good)
        known.push_back(*node::decode_credential(one));
    std::mt19937_64 random(1);
    std::size_t asked = 0;
    const std::size_t wanted = 2'000 * test::scale();
    for (std::size_t i = 0; asked < wanted; ++i) {
        const std::size_t kind = i % good.size();
        const std::string credential = mutated(good[kind], random);
        // What still says the same is no other credential; who pays need not be named.
        if (auto same = node::decode_credential(credential)) {
            same->source = known[kind].source;
            if (*same == known[kind]) continue;
        }
        if (credential.find_first_of("\r\n", 0) != std::string::npos ||
            credential.find('\0') != std::string::npos)
            continue;
        ++asked;
        const HttpResponse refused = hand.send(k_completions, body, credential);
        ASSERT_NE(refused.status, 200U) << credential;
        ASSERT_LT(refused.status, 500U) << credential << refused.body;
    }
    EXPECT_EQ(hand.channel_number("spent"), before);
    EXPECT_EQ(hand.channel_number("deposit"), 5'000'000U);
    // And the unchanged one is served.
    EXPECT_EQ(hand.send(k_completions, body, good[0]).status, 200U);
}

}  // namespace
}  // namespace dure::tools
