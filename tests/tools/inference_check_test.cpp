// dure verify's heart: a true receipt is the same everywhere; a false one is different, from the first token that is.
#include "tools/dure/inference_check.h"

#include <gtest/gtest.h>

#include "node/api/payment.h"
#include "tests/node/roles/served_answer.h"
#include "tools/dure/known_answer.h"

namespace dure::tools {
namespace {

using node::testing::AskedFor;
using trainer::testing::sample_tokenizer;

class InferenceChecks : public ::testing::TestWithParam<float> {
  protected:
    InferenceChecks()
        : model_(node::testing::opinionated_model(1)), request_(node::testing::request_of(asked())) {}
    static AskedFor asked() {
        return {.temperature = GetParam(), .top_p = 0.95F, .seed = 21, .max_tokens = 16, .choices = 2};
    }
    ledger::InferenceReceipt receipt(const std::vector<ledger::AnswerChoice>& answer) const {
        return node::testing::signed_receipt(server_, {}, server_.account(), {}, request_, answer, Coin{5},
                                             {});
    }
    static ledger::AnswerTokens tokens_of(const std::vector<ledger::AnswerChoice>& answer) {
        ledger::AnswerTokens tokens;
        for (const auto& choice : answer)
            tokens.choices.emplace_back(choice.tokens);
        return tokens;
    }
    InferenceCheck check(const ledger::InferenceReceipt& receipt,
                         const std::optional<ledger::AnswerTokens>& answer = std::nullopt) const {
        const trainer::testing::Machine machine(trainer::Isa::reference, 1);
        auto checked =
            check_inference(*machine.kernels, *model_, sample_tokenizer(), receipt, request_, answer);
        EXPECT_TRUE(checked) << checked.error().message;
        return std::move(*checked);
    }

    const SecretKey server_ = SecretKey::from_seed("server");
    const node::Library::CheckpointPtr model_;
    const ledger::InferenceRequest request_;
};

TEST_P(InferenceChecks, ATrueReceiptIsTheSame) {
    const auto answer = node::testing::answer(model_, request_);
    const InferenceCheck checked = check(receipt(answer), tokens_of(answer));
    EXPECT_TRUE(checked.is_true()) << checked.fault;
    EXPECT_FALSE(checked.first);
    EXPECT_EQ(checked.replayed, answer);
}

TEST_P(InferenceChecks, TheFirstDifferingTokenIsNamed) {
    auto answer = node::testing::answer(model_, request_);
    ASSERT_GT(answer[1].tokens.size(), 3U);
    const std::uint32_t truth = answer[1].tokens[3];
    answer[1].tokens[3] = truth == 9 ? 10 : 9;
    const InferenceCheck checked = check(receipt(answer), tokens_of(answer));
    EXPECT_FALSE(checked.is_true());
    ASSERT_TRUE(checked.first);
    EXPECT_EQ(checked.first->choice, 1U);
    EXPECT_EQ(checked.first->token, 3U);
    EXPECT_EQ(checked.first->stated, answer[1].tokens[3]);
    EXPECT_EQ(checked.first->replayed, truth);
    // Without the server's tokens, or with others than it signed, it is still different.
    EXPECT_FALSE(check(receipt(answer)).is_true());
    EXPECT_FALSE(check(receipt(answer)).first);
    EXPECT_FALSE(check(receipt(answer), tokens_of(node::testing::answer(model_, request_))).first);
}

TEST_P(InferenceChecks, AShorterAnswerEndsTooSoon) {
    auto answer = node::testing::answer(model_, request_);
    answer[0].tokens.pop_back();
    const InferenceCheck checked = check(receipt(answer), tokens_of(answer));
    ASSERT_TRUE(checked.first);
    EXPECT_FALSE(checked.first->stated);
    EXPECT_EQ(checked.first->token, answer[0].tokens.size());
}

TEST_P(InferenceChecks, FaultsThatNeedNoReplay) {
    const auto answer = node::testing::answer(model_, request_);
    ledger::InferenceReceipt forged = receipt(answer);
    forged.signature = SecretKey::from_seed("another").sign(forged.id());
    EXPECT_FALSE(check(forged).is_true());
    ledger::InferenceReceipt dear = receipt(answer);
    dear.statement.output_tokens += 1;
    dear.signature = server_.sign(dear.id());
    EXPECT_FALSE(check(dear).is_true());
    EXPECT_TRUE(check(dear).same);
    auto other = request_;
    ++other.seed;
    const trainer::testing::Machine machine(trainer::Isa::reference, 1);
    EXPECT_EQ(
        check_inference(*machine.kernels, *model_, sample_tokenizer(), receipt(answer), other).error().code,
        ErrorCode::invalid);
}

TEST_P(InferenceChecks, WhatTheServerGivesIsReadAgain) {
    const auto answer = node::testing::answer(model_, request_);
    const auto text = [](const auto& value) { return node::base64url_encode(as_text(encode(value))); };
    const boost::json::object served{
        {"receipt", text(receipt(answer))}, {"request", text(request_)}, {"answer", text(tokens_of(answer))}};
    const auto known = answer_from_json(served);
    ASSERT_TRUE(known) << known.error().message;
    EXPECT_EQ(known->receipt, receipt(answer));
    EXPECT_EQ(known->request, request_);
    EXPECT_EQ(known->answer, tokens_of(answer));
    KnownAnswerOptions by_prompt;
    by_prompt.prompt = asked().prompt;
    EXPECT_EQ(*request_of(by_prompt, *known, sample_tokenizer()), request_);
    by_prompt.prompt = "다른 말";
    EXPECT_FALSE(request_of(by_prompt, *known, sample_tokenizer()));
    for (const char* field : {"receipt", "request", "answer"}) {
        boost::json::object spoiled = served;
        spoiled[field] = "AAAA";
        EXPECT_FALSE(answer_from_json(spoiled)) << field;
    }
}

INSTANTIATE_TEST_SUITE_P(, InferenceChecks, ::testing::Values(0.0F, 0.9F),
                         [](const auto& one) { return one.param == 0 ? "Greedy" : "Sampled"; });

}  // namespace
}  // namespace dure::tools
