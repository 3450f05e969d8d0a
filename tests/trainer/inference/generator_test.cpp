#include "trainer/inference/generator.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/trainer/inference/decided_parameters.h"
#include "tests/trainer/support.h"
#include "trainer/model/initialize.h"
#include "trainer/model/transformer.h"

namespace dure::trainer {
namespace {

using testing::decided_parameters;
using testing::fastest_machine;
using testing::on_every_machine;
using testing::random_tokens;
using testing::tiny_model;

std::vector<float> logits_after(Generator& generator, std::span<const std::int32_t> tokens) {
    const auto logits = generator.append(tokens);
    EXPECT_TRUE(logits) << logits.error().message;
    return {logits->begin(), logits->end()};
}

TEST(Generator, DecodingWithACacheEqualsPrefillBitForBit) {
    const ModelConfig config = tiny_model();
    const auto parameters = decided_parameters(config);
    const auto tokens = random_tokens(40, config.active_vocab, 1);
    std::optional<std::vector<float>> first;
    on_every_machine([&](const testing::Machine& machine) {
        Generator generator = *Generator::create(*machine.kernels, config, parameters);
        const auto prefill = logits_after(generator, tokens);
        if (!first) first = prefill;
        EXPECT_EQ(*first, prefill) << machine.name;
        // One by one, and in parts of uneven length.
        for (const std::size_t part : {std::size_t{1}, std::size_t{3}, std::size_t{17}}) {
            generator.reset();
            std::vector<float> last;
            for (std::size_t at = 0; at < tokens.size(); at += part) {
                last = logits_after(generator,
                                    std::span(tokens).subspan(at, std::min(part, tokens.size() - at)));
            }
            EXPECT_EQ(last, prefill) << machine.name << ", parts of " << part;
        }
    });
}

TEST(Generator, LogitsAreThoseOfTheTrainedModel) {
    const auto machine = fastest_machine();
    for (const bool tied : {true, false}) {
        const ModelConfig config = tiny_model(tied);
        const auto parameters = decided_parameters(config);
        const auto window = random_tokens(33, config.active_vocab, 2);
        Transformer transformer(*machine.kernels, config, 32, Transformer::Use::losses);
        std::vector<float> losses(32);
        transformer.losses(losses, parameters, window);
        Generator generator = *Generator::create(*machine.kernels, config, parameters);
        for (std::size_t t = 0; t < 32; ++t) {
            const auto logits = logits_after(generator, std::span(window).subspan(t, 1));
            float loss = 0;
            machine.kernels->cross_entropy(&loss, nullptr, logits.data(), &window[t + 1], 1, config.vocab,
                                           config.active_vocab, 1.0F);
            EXPECT_EQ(loss, losses[t]) << t;
        }
    }
}

TEST(Generator, AnswerIsAFunctionOfPromptAndParams) {
    const ModelConfig config = tiny_model();
    const auto parameters = decided_parameters(config);
    const auto prompt = random_tokens(5, config.active_vocab, 3);
    SamplingParams params;
    params.max_tokens = 20;
    params.seed = 42;
    params.stop_tokens.clear();
    std::optional<std::vector<std::int32_t>> first;
    on_every_machine([&](const testing::Machine& machine) {
        Generator generator = *Generator::create(*machine.kernels, config, parameters);
        const auto answer = generator.generate(prompt, params);
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->tokens.size(), 20U);
        EXPECT_EQ(answer->finish, FinishReason::length);
        if (!first) first = answer->tokens;
        EXPECT_EQ(*first, answer->tokens) << machine.name;
        EXPECT_EQ(*first, generator.generate(prompt, params)->tokens) << "a second call";
    });
    const auto machine = fastest_machine();
    Generator generator = *Generator::create(*machine.kernels, config, parameters);
    params.seed = 43;
    EXPECT_NE(*first, generator.generate(prompt, params)->tokens);
}

TEST(Generator, StopsWhereItIsTold) {
    const auto machine = fastest_machine();
    const ModelConfig config = tiny_model();
    const auto parameters = decided_parameters(config);
    Generator generator = *Generator::create(*machine.kernels, config, parameters);
    const auto prompt = random_tokens(5, config.active_vocab, 3);
    SamplingParams params;
    params.temperature = Float32(0.0F);
    params.stop_tokens.clear();
    params.max_tokens = 1000;
    const auto whole = generator.generate(prompt, params);
    ASSERT_TRUE(whole);
    EXPECT_EQ(prompt.size() + whole->tokens.size(), config.max_sequence);
    EXPECT_EQ(whole->finish, FinishReason::length);

    params.stop_tokens = {whole->tokens[3]};
    const auto stopped = generator.generate(prompt, params);
    ASSERT_TRUE(stopped);
    EXPECT_EQ(stopped->finish, FinishReason::stop);
    EXPECT_LE(stopped->tokens.size(), 3U);

    params.stop_tokens.clear();
    std::vector<std::int32_t> streamed;
    const auto cut = generator.generate(prompt, params, [&](std::int32_t token) {
        streamed.push_back(token);
        return streamed.size() < 7;
    });
    ASSERT_TRUE(cut);
    EXPECT_EQ(cut->finish, FinishReason::cancelled);
    EXPECT_EQ(cut->tokens, streamed);
    EXPECT_EQ(streamed, std::vector<std::int32_t>(whole->tokens.begin(), whole->tokens.begin() + 7));
}

TEST(Generator, SaysWhatIsWrongWithItsInput) {
    const auto machine = fastest_machine();
    const ModelConfig config = tiny_model();
    auto parameters = decided_parameters(config);
    EXPECT_FALSE(Generator::create(*machine.kernels, config, std::span(parameters).first(10)));
    Generator generator = *Generator::create(*machine.kernels, config, parameters);
    const SamplingParams params;
    EXPECT_EQ(generator.generate({}, params).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(generator.generate(random_tokens(64, 21, 1), params).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(generator.generate(std::vector<std::int32_t>{1, 21}, params).error().code, ErrorCode::invalid);
    EXPECT_EQ(generator.generate(std::vector<std::int32_t>{-1}, params).error().code, ErrorCode::invalid);
    EXPECT_TRUE(generator.generate(random_tokens(63, 21, 1), params));
    for (float& p : parameters)
        p *= 1e15F;
    EXPECT_EQ(generator.generate(std::vector<std::int32_t>{1, 2}, params).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace dure::trainer
