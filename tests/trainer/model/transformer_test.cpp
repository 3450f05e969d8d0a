#include "trainer/model/transformer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/trainer/model/naive_llama.h"
#include "tests/trainer/support.h"
#include "trainer/model/initialize.h"

namespace dure::trainer {
namespace {

using testing::fastest_machine;
using testing::NaiveLlama;
using testing::Numbers;
using testing::on_every_machine;
using testing::random_tokens;
using testing::tiny_model;

constexpr std::uint32_t k_length = 8;

// Away from the symmetric start: gains differ from 1, logits are not all alike.
std::vector<float> lively_parameters(const ModelConfig& config) {
    std::vector<float> parameters = initialize_parameters(config, 3);
    Numbers numbers(5);
    for (float& p : parameters)
        p += 0.2F * numbers.unit();
    return parameters;
}

struct Gradient {
    std::vector<float> gradient;
    std::vector<float> losses;
    friend bool operator==(const Gradient&, const Gradient&) = default;
};

Gradient gradient_of(const Kernels& kernels, const ModelConfig& config, std::span<const float> parameters,
                     std::span<const std::int32_t> windows, std::uint32_t length,
                     std::int64_t micro_batch = 512, Transformer::Keep keep = Transformer::Keep::results) {
    Transformer transformer(kernels, config, length, Transformer::Use::gradients, micro_batch, keep);
    Gradient result;
    result.gradient.resize(parameters.size());
    result.losses.resize(windows.size() / (length + 1) * length);
    transformer.gradient(result.gradient, result.losses, parameters, windows);
    return result;
}

TEST(Transformer, LossAndGradientAreThoseOfTheDefinition) {
    for (const bool tied : {true, false}) {
        const ModelConfig config = tiny_model(tied);
        const auto parameters = lively_parameters(config);
        const auto windows = random_tokens(3 * (k_length + 1), config.active_vocab, 11);
        const auto machine = fastest_machine();
        const Gradient fast = gradient_of(*machine.kernels, config, parameters, windows, k_length);

        const NaiveLlama naive(config);
        std::vector<double> point(parameters.begin(), parameters.end());
        const double loss = naive.mean_loss(point, windows, k_length);
        const double fast_loss = std::accumulate(fast.losses.begin(), fast.losses.end(), 0.0) /
                                 static_cast<double>(fast.losses.size());
        EXPECT_NEAR(fast_loss, loss, 1e-5);

        double norm = 0;
        for (const float g : fast.gradient)
            norm += static_cast<double>(g) * static_cast<double>(g);
        norm = std::sqrt(norm / static_cast<double>(fast.gradient.size()));
        constexpr double k_step = 1e-4;
        for (std::size_t i = 0; i < point.size(); ++i) {
            const double here = point[i];
            point[i] = here + k_step;
            const double above = naive.mean_loss(point, windows, k_length);
            point[i] = here - k_step;
            const double below = naive.mean_loss(point, windows, k_length);
            point[i] = here;
            const double expected = (above - below) / (2 * k_step);
            ASSERT_NEAR(static_cast<double>(fast.gradient[i]), expected,
                        1e-4 * std::fabs(expected) + 1e-5 * norm + 1e-7)
                << "parameter " << i << ", tied " << tied;
        }
    }
}

TEST(Transformer, BitsDependNeitherOnInstructionSetNorOnThreads) {
    const ModelConfig config = tiny_model();
    const auto parameters = lively_parameters(config);
    const auto windows = random_tokens(19 * 33, config.active_vocab, 12);
    std::optional<Gradient> first;
    on_every_machine([&](const testing::Machine& machine) {
        const Gradient result = gradient_of(*machine.kernels, config, parameters, windows, 32);
        if (!first) first = result;
        EXPECT_EQ(*first, result) << machine.name;
    });
}

TEST(Transformer, BitsDoNotDependOnTheMicroBatch) {
    const auto machine = fastest_machine();
    for (const bool tied : {true, false}) {
        const ModelConfig config = tiny_model(tied);
        const auto parameters = lively_parameters(config);
        const auto windows =
            random_tokens(50 * 33, config.active_vocab, 13);  // 1600 tokens: not whole chunks
        const Gradient small = gradient_of(*machine.kernels, config, parameters, windows, 32, 512);
        EXPECT_EQ(small, gradient_of(*machine.kernels, config, parameters, windows, 32, 1024));
        EXPECT_EQ(small, gradient_of(*machine.kernels, config, parameters, windows, 32, 4096));
    }
}

TEST(Transformer, BitsDoNotDependOnWhatIsKeptOfEachLayer) {
    const ModelConfig config = tiny_model(true);
    const auto parameters = lively_parameters(config);
    const auto windows = random_tokens(140 * (k_length + 1), config.active_vocab, 29);
    const auto machine = fastest_machine();
    const Gradient all = gradient_of(*machine.kernels, config, parameters, windows, k_length);
    EXPECT_EQ(all, gradient_of(*machine.kernels, config, parameters, windows, k_length, 512,
                               Transformer::Keep::inputs));
}

TEST(Transformer, LossesAloneEqualThoseOfTheGradientPass) {
    const auto machine = fastest_machine();
    const ModelConfig config = tiny_model();
    const auto parameters = lively_parameters(config);
    const auto windows = random_tokens(20 * 33, config.active_vocab, 14);
    Transformer transformer(*machine.kernels, config, 32, Transformer::Use::losses);
    std::vector<float> losses(20 * 32);
    transformer.losses(losses, parameters, windows);
    EXPECT_EQ(losses, gradient_of(*machine.kernels, config, parameters, windows, 32).losses);
}

TEST(Transformer, MaskedVocabularyRowsChangeNothingAndGetNoGradient) {
    const auto machine = fastest_machine();
    const ModelConfig config = tiny_model(false);
    auto parameters = lively_parameters(config);
    const auto windows = random_tokens(4 * 17, config.active_vocab, 15);
    const Gradient before = gradient_of(*machine.kernels, config, parameters, windows, 16);
    const ParameterLayout layout = make_layout(config);
    const auto row = static_cast<std::size_t>(layout.head + std::int64_t{config.active_vocab} * config.dim);
    for (std::size_t i = 0; i < config.dim; ++i) {
        EXPECT_EQ(before.gradient[row + i], 0.0F);
        parameters[row + i] = 1e3F;
    }
    EXPECT_EQ(before, gradient_of(*machine.kernels, config, parameters, windows, 16));
}

TEST(Transformer, UnpredictedTokensAreReadAndWeighNothing) {
    const auto machine = fastest_machine();
    const ModelConfig config = tiny_model();
    const auto parameters = lively_parameters(config);
    constexpr std::size_t k_window = 17;
    const auto windows = random_tokens(5 * k_window, config.active_vocab, 16);
    // Each token after a window's first is predicted in one of the two halves; a first one never is.
    auto some = windows;
    auto others = windows;
    std::size_t predicted = 0;
    Numbers numbers(17);
    for (std::size_t i = 0; i < windows.size(); ++i) {
        const bool in_some = numbers.below(3) == 0;
        if (!in_some || i % k_window == 0) some[i] = unpredicted(windows[i]);
        if (in_some || i % k_window == 0) others[i] = unpredicted(windows[i]);
        if (some[i] >= 0) ++predicted;
    }
    const Gradient all = gradient_of(*machine.kernels, config, parameters, windows, k_window - 1);
    const Gradient first = gradient_of(*machine.kernels, config, parameters, some, k_window - 1);
    const Gradient second = gradient_of(*machine.kernels, config, parameters, others, k_window - 1);
    for (std::size_t i = 0; i < all.losses.size(); ++i) {
        const bool in_some = some[i / (k_window - 1) * k_window + i % (k_window - 1) + 1] >= 0;
        ASSERT_EQ(first.losses[i], in_some ? all.losses[i] : 0.0F);
        ASSERT_EQ(second.losses[i], in_some ? 0.0F : all.losses[i]);
    }
    const double share = static_cast<double>(predicted) / static_cast<double>(all.losses.size());
    for (std::size_t i = 0; i < all.gradient.size(); ++i) {
        const double sum = share * static_cast<double>(first.gradient[i]) +
                           (1 - share) * static_cast<double>(second.gradient[i]);
        ASSERT_NEAR(sum, static_cast<double>(all.gradient[i]), 1e-6);
    }
}

TEST(MeanMicroNats, IsExactAndRoundsHalfUp) {
    EXPECT_EQ(mean_micro_nats(std::vector<float>{1.0F}), 1000000U);
    EXPECT_EQ(mean_micro_nats(std::vector<float>{1.0F, 2.0F, 4.0F}), 2333333U);
    EXPECT_EQ(mean_micro_nats(std::vector<float>{0.0F, 0.0F}), 0U);
    EXPECT_EQ(mean_micro_nats(std::vector<float>{-1.0F}), 0U);
    EXPECT_EQ(mean_micro_nats(std::vector<float>{0x1p-24F}), 0U);                     // 0.0596 of a millionth
    EXPECT_EQ(mean_micro_nats(std::vector<float>{1.0F, 1.0F + 0x1p-20F}), 1000000U);  // 0.477
    EXPECT_EQ(mean_micro_nats(std::vector<float>{7.6F, 7.6F, 7.6F}), 7600000U);
}

}  // namespace
}  // namespace dure::trainer
