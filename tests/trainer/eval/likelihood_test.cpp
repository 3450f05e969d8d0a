#include "trainer/eval/likelihood.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/trainer/support.h"
#include "trainer/inference/generator.h"
#include "trainer/model/initialize.h"
#include "trainer/text/tokenizer.h"

namespace dure::trainer {
namespace {

using testing::fastest_machine;
using testing::random_tokens;
using testing::tiny_model;

// -log P(continuation | newline, context), by decoding.
double decoded_surprise(const Kernels& kernels, const ModelConfig& config, std::span<const float> parameters,
                        const Continuation& item) {
    auto generator = *Generator::create(kernels, config, parameters);
    std::vector<std::int32_t> line{k_newline_token};
    line.insert(line.end(), item.context.begin(), item.context.end());
    std::vector<float> logits;
    const auto push = [&](std::span<const std::int32_t> tokens) {
        const auto result = generator.append(tokens);
        EXPECT_TRUE(result);
        logits.assign(result->begin(), result->end());
    };
    push(line);
    double surprise = 0;
    for (const std::int32_t token : item.continuation) {
        double total = 0;
        for (std::uint32_t i = 0; i < config.active_vocab; ++i)
            total += std::exp(static_cast<double>(logits[i]));
        surprise += std::log(total) - static_cast<double>(logits[static_cast<std::size_t>(token)]);
        push(std::vector<std::int32_t>{token});
    }
    return surprise;
}

TEST(Likelihood, IsWhatDecodingGives) {
    const auto machine = fastest_machine();
    const ModelConfig config = tiny_model();
    const auto parameters = initialize_parameters(config, 7);
    Likelihood likelihood(*machine.kernels, config, parameters);
    EXPECT_EQ(likelihood.longest(), 64U);
    std::vector<Continuation> items;
    std::uint64_t seed = 0;
    for (const std::size_t context : {0U, 1U, 5U, 14U, 15U, 16U, 40U, 60U}) {
        for (const std::size_t continuation : {1U, 2U, 3U}) {
            items.push_back({random_tokens(context, config.active_vocab, ++seed),
                             random_tokens(continuation, config.active_vocab, ++seed)});
        }
    }
    const auto surprises = likelihood.surprises(items);
    for (std::size_t i = 0; i < items.size(); ++i) {
        EXPECT_NEAR(surprises[i], decoded_surprise(*machine.kernels, config, parameters, items[i]), 1e-4);
        EXPECT_EQ(likelihood.surprises(std::span(items).subspan(i, 1))[0], surprises[i]) << "asked alone";
    }
}

TEST(Likelihood, WhatDoesNotFitIsCutAtTheBeginning) {
    const auto machine = fastest_machine();
    ModelConfig config = tiny_model();
    config.max_sequence = 20;
    const auto parameters = initialize_parameters(config, 8);
    Likelihood likelihood(*machine.kernels, config, parameters);
    EXPECT_EQ(likelihood.longest(), 16U);
    const auto tokens = random_tokens(60, config.active_vocab, 9);
    const auto item = [&](std::size_t begin, std::size_t middle, std::size_t end) {
        const auto at = [&](std::size_t i) { return tokens.begin() + static_cast<std::ptrdiff_t>(i); };
        return Continuation{{at(begin), at(middle)}, {at(middle), at(end)}};
    };
    const std::vector<Continuation> items{item(0, 50, 52), item(30, 50, 52), item(0, 0, 60),
                                          item(20, 20, 60)};
    const auto surprises = likelihood.surprises(items);
    EXPECT_EQ(surprises[0], surprises[1]);
    EXPECT_EQ(surprises[2], surprises[3]);
}

TEST(Likelihood, ARunningTextCountsEachTokenOnce) {
    const auto machine = fastest_machine();
    const ModelConfig config = tiny_model();
    // Of a model whose logits are all alike each token surprises by the logarithm of the vocabulary.
    const std::vector<float> parameters(config.parameter_count(), 0.0F);
    Likelihood likelihood(*machine.kernels, config, parameters);
    const double one = std::log(static_cast<double>(config.active_vocab));
    for (const std::size_t count : {2U, 64U, 65U, 66U, 200U}) {
        EXPECT_NEAR(likelihood.surprise(random_tokens(count, config.active_vocab, count)),
                    one * static_cast<double>(count - 1), 1e-3);
    }
    EXPECT_EQ(likelihood.surprise(random_tokens(1, config.active_vocab, 1)), 0.0);
}

}  // namespace
}  // namespace dure::trainer
