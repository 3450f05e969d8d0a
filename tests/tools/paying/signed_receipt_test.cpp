#include "tools/dure/paying/signed_receipt.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <functional>

#include "base/codec.h"
#include "ledger/records/inference_receipt.h"
#include "node/api/base64url.h"

namespace dure::tools {
namespace {

Hash text_hash(const std::vector<std::string>& texts) {
    std::vector<ledger::AnswerChoice> choices;
    for (const std::string& text : texts)
        choices.push_back({{}, text, ledger::AnswerEnd::stop});
    return ledger::InferenceOutcome::of(choices).text;
}

TEST(AnswerTexts, AreThoseThatCameInWhateverForm) {
    AnswerTexts whole;
    whole.add(std::string_view(
        R"({"choices":[{"index":1,"text":"둘"},{"index":0,"text":"하나"}],"usage":{"completion_tokens":2}})"));
    EXPECT_EQ(whole.hash(2), text_hash({"하나", "둘"}));
    EXPECT_NE(whole.hash(1), whole.hash(2));
    AnswerTexts chat;
    chat.add(
        std::string_view(R"({"choices":[{"index":0,"message":{"role":"assistant","content":"하나"}}]})"));
    EXPECT_EQ(chat.hash(1), text_hash({"하나"}));
    AnswerTexts stream;
    for (const char* event :
         {R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})",
          R"({"choices":[{"index":0,"delta":{"content":"하"}}]})",
          R"({"choices":[{"index":0,"delta":{"content":"나"}}]})",
          R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})", R"({"choices":[]})",
          R"({"choices":[{"index":99,"text":"x"}]})", R"("no object")"})
        stream.add(boost::json::parse(event));
    EXPECT_EQ(stream.hash(1), text_hash({"하나"}));
}

TEST(SignedReceipt, MustBeAboutThisCall) {
    const SecretKey server = SecretKey::from_seed("server");
    const Account payer = SecretKey::from_seed("payer").account();
    const Hash chain = sha256(as_bytes("chain"));
    AnswerTexts texts;
    texts.add(std::string_view(R"({"choices":[{"index":0,"text":"answer"}]})"));
    node::PaymentReceipt paid;
    paid.reference = sha256(as_bytes("channel"));
    paid.cost = Coin{120};
    paid.input_tokens = 3;
    paid.output_tokens = 9;
    EXPECT_TRUE(check_signed_receipt(paid, chain, server.account(), payer, texts))
        << "a server may sign nothing";
    const auto checked = [&](const std::function<void(ledger::InferenceStatement&)>& change,
                             const SecretKey& signer) {
        ledger::InferenceReceipt receipt;
        ledger::InferenceStatement& said = receipt.statement;
        said.chain_id = chain;
        said.server = server.account();
        said.payer = payer;
        said.payment = paid.reference;
        said.cost = paid.cost;
        said.input_tokens = paid.input_tokens;
        said.output_tokens = paid.output_tokens;
        said.outcome = ledger::InferenceOutcome::of({{{}, "answer", ledger::AnswerEnd::stop}});
        change(said);
        receipt.signature = signer.sign(receipt.id());
        paid.inference_receipt = node::base64url_encode(as_text(encode(receipt)));
        return check_signed_receipt(paid, chain, server.account(), payer, texts);
    };
    const Status good = checked([](auto&) {}, server);
    EXPECT_TRUE(good) << good.error().message;
    EXPECT_TRUE(checked([](auto&) {}, SecretKey::from_seed("other")).has_error());
    EXPECT_TRUE(checked([&](auto& said) { said.server = payer; }, server).has_error());
    EXPECT_TRUE(checked([](auto& said) { said.chain_id = Hash{}; }, server).has_error());
    EXPECT_TRUE(checked([](auto& said) { said.payer = said.server; }, server).has_error());
    EXPECT_TRUE(checked([](auto& said) { said.payment = Hash{}; }, server).has_error());
    EXPECT_TRUE(checked([](auto& said) { said.cost += Coin{1}; }, server).has_error());
    EXPECT_TRUE(checked([](auto& said) { ++said.input_tokens; }, server).has_error());
    EXPECT_TRUE(checked([](auto& said) { --said.output_tokens; }, server).has_error());
    EXPECT_TRUE(
        checked(
            [](auto& said) {
                said.outcome = ledger::InferenceOutcome::of({{{}, "another", ledger::AnswerEnd::stop}});
            },
            server)
            .has_error());
    paid.inference_receipt = "AAAA";
    EXPECT_TRUE(check_signed_receipt(paid, chain, server.account(), payer, texts).has_error());
}

}  // namespace
}  // namespace dure::tools
