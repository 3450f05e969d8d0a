// Replays: whoever has the request and the checkpoint finds what an honest server answered, and nothing else.
#include "node/roles/inference_replay.h"

#include <gtest/gtest.h>

#include "tests/node/roles/served_answer.h"
#include "trainer/inference/generator.h"

namespace dure::node {
namespace {

using ledger::AnswerEnd;
using ledger::InferenceOutcome;
using testing::AskedFor;
using trainer::testing::fastest_machine;
using trainer::testing::sample_tokenizer;

std::vector<AskedFor> questions() {
    AskedFor sampled{.temperature = 0.9F, .top_p = 0.95F, .seed = 11, .choices = 3};
    AskedFor cut_off{
        .temperature = 1.0F, .top_k = 20, .seed = ~std::uint64_t{0}, .max_tokens = 40, .choices = 2};
    AskedFor stopped{
        .temperature = 1.2F, .seed = 5, .max_tokens = 40, .choices = 4, .stops = {"를", " 마", "ab"}};
    AskedFor long_one{.prompt = "선생님이 학교에서\n", .temperature = 0.7F, .seed = 3, .max_tokens = 60};
    return {AskedFor{}, sampled, cut_off, stopped, long_one};
}

ledger::ChoiceEnds ends_of(const std::vector<ledger::AnswerChoice>& answer) {
    return InferenceOutcome::of(answer).ends;
}

TEST(InferenceReplay, GivesWhatTheDeskGaveAnywhere) {
    const auto model = testing::opinionated_model(1);
    const auto machine = fastest_machine();
    for (const AskedFor& asked : questions()) {
        const auto request = testing::request_of(asked);
        const auto served = testing::answer(model, request, 1'000'000, trainer::Isa::reference);
        const auto replayed =
            replay_request(*machine.kernels, *model, sample_tokenizer(), request, ends_of(served));
        ASSERT_TRUE(replayed) << replayed.error().message;
        EXPECT_EQ(*replayed, served);
        EXPECT_EQ(*replayed_outcome(*machine.kernels, *model, sample_tokenizer(), request, ends_of(served)),
                  InferenceOutcome::of(served).hash());
    }
}

TEST(InferenceReplay, GivesTheTokensOfTheGenerator) {
    const auto model = testing::opinionated_model(2);
    const auto machine = fastest_machine();
    for (const AskedFor& asked : questions()) {
        if (!asked.stops.empty()) continue;
        const auto request = testing::request_of(asked);
        const auto replayed = replay_request(*machine.kernels, *model, sample_tokenizer(), request, {});
        auto generator = trainer::Generator::create(*machine.kernels, model->config, model->parameters);
        ASSERT_TRUE(generator && replayed);
        const auto alone = engine_requests(request);
        for (std::size_t i = 0; i < alone.size(); ++i) {
            const auto tokens = generator->generate(alone[i].tokens.prompt, alone[i].tokens.params);
            ASSERT_TRUE(tokens);
            EXPECT_EQ((*replayed)[i].tokens,
                      std::vector<std::uint32_t>(tokens->tokens.begin(), tokens->tokens.end()));
        }
    }
}

TEST(InferenceReplay, WhatWasCutAnywhereIsStillTrue) {
    const auto model = testing::opinionated_model(1);
    const auto machine = fastest_machine();
    for (const AskedFor& asked : questions()) {
        const auto request = testing::request_of(asked);
        for (const std::size_t pieces : {0U, 1U, 2U, 5U, 17U}) {
            const auto served = testing::answer(model, request, pieces);
            const auto replayed =
                replay_request(*machine.kernels, *model, sample_tokenizer(), request, ends_of(served));
            ASSERT_TRUE(replayed) << replayed.error().message;
            EXPECT_EQ(*replayed, served) << pieces << " pieces of " << asked.prompt;
        }
    }
}

TEST(InferenceReplay, AnotherModelOrAnotherTokenIsSeen) {
    const auto model = testing::opinionated_model(1);
    const auto cheaper = testing::opinionated_model(2);
    const auto machine = fastest_machine();
    for (const AskedFor& asked : questions()) {
        const auto request = testing::request_of(asked);
        auto served = testing::answer(cheaper, request);
        EXPECT_NE(*replayed_outcome(*machine.kernels, *model, sample_tokenizer(), request, ends_of(served)),
                  InferenceOutcome::of(served).hash());
        served = testing::answer(model, request);
        const Hash truth =
            *replayed_outcome(*machine.kernels, *model, sample_tokenizer(), request, ends_of(served));
        auto text = served;
        text.front().text += ".";
        EXPECT_NE(InferenceOutcome::of(text).hash(), truth);
        auto tokens = served;
        tokens.back().tokens.back() ^= 1U;
        EXPECT_NE(InferenceOutcome::of(tokens).hash(), truth);
        auto end = served;
        end.front().end = end.front().end == AnswerEnd::stop ? AnswerEnd::length : AnswerEnd::stop;
        EXPECT_NE(InferenceOutcome::of(end).hash(), truth);
        EXPECT_EQ(InferenceOutcome::of(served).hash(), truth);
    }
}

TEST(InferenceReplay, ARequestThatTheModelCannotAnswerHasNoAnswer) {
    const auto model = testing::opinionated_model(1);
    const auto machine = fastest_machine();
    const Hash nothing = InferenceOutcome::of({}).hash();
    const auto outcome = [&](const ledger::InferenceRequest& request) {
        return *replayed_outcome(*machine.kernels, *model, sample_tokenizer(), request, {});
    };
    auto request = testing::request_of({});
    EXPECT_NE(outcome(request), nothing);
    request.prompt.front() = 4'000'000'000U;
    EXPECT_EQ(outcome(request), nothing);
    request = testing::request_of({});
    request.prompt.resize(2'000, 1);
    EXPECT_EQ(outcome(request), nothing);
    request = testing::request_of({});
    request.temperature = 0x7fc00000U;
    EXPECT_EQ(outcome(request), nothing);
    request = testing::request_of({});
    request.choices = 4'000'000'000U;
    EXPECT_EQ(outcome(request), nothing);
    request.choices = 0;
    EXPECT_EQ(outcome(request), nothing);
}

TEST(InferenceReplay, BrokenOffItSaysNothing) {
    const auto model = testing::opinionated_model(1);
    const auto machine = fastest_machine();
    const auto outcome = replayed_outcome(*machine.kernels, *model, sample_tokenizer(),
                                          testing::request_of({}), {}, [] { return false; });
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::unavailable);
}

TEST(InferenceReplay, ThePromptAndTheReceiptAreEnoughForTheRequest) {
    const SecretKey server = SecretKey::from_seed("server");
    AskedFor asked{.temperature = 0.8F, .seed = 4, .choices = 2, .stops = {"다."}};
    const auto request = testing::request_of(asked);
    const auto receipt =
        testing::signed_receipt(server, {}, server.account(), {}, request,
                                testing::answer(testing::opinionated_model(1), request), {}, {});
    const auto prompt = *prompt_tokens(sample_tokenizer(), asked.prompt);
    EXPECT_EQ(*request_from_receipt(receipt.statement, prompt, asked.stops), request);
    EXPECT_FALSE(request_from_receipt(receipt.statement, prompt, {}));
    EXPECT_FALSE(
        request_from_receipt(receipt.statement, *prompt_tokens(sample_tokenizer(), "아이가"), asked.stops));
}

TEST(ReceiptBook, KeepsAsMuchAsItMayAndForgetsTheOldest) {
    const SecretKey server = SecretKey::from_seed("server");
    ReceiptBook book(server, {}, 20'000);
    std::vector<Hash> ids;
    for (std::uint64_t i = 0; i < 100; ++i) {
        const auto request = testing::request_of({});
        const auto receipt = book.sign(request, empty_answer(1),
                                       {.payer = server.account(),
                                        .payment = {},
                                        .checkpoint = {},
                                        .input_tokens = 1,
                                        .output_tokens = 0,
                                        .cost = Coin{1},
                                        .spent = Coin{i},
                                        .height = protocol::Height{i}});
        EXPECT_TRUE(receipt.is_signed());
        EXPECT_TRUE(receipt.check_request(request));
        EXPECT_LE(book.bytes(), 20'000U);
        ids.push_back(receipt.id());
        ASSERT_NE(book.find(ids.back()), nullptr);
        EXPECT_EQ(book.find(ids.back())->receipt, receipt);
    }
    EXPECT_EQ(book.find(ids.front()), nullptr);
    book.forget_before(protocol::Height{99});
    EXPECT_EQ(book.find(ids[98]), nullptr);
    EXPECT_NE(book.find(ids[99]), nullptr);
    book.forget_before(protocol::Height{100});
    EXPECT_EQ(book.bytes(), 0U);
}

}  // namespace
}  // namespace dure::node
