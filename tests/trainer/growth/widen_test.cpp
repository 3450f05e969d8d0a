#include "trainer/growth/widen.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/trainer/growth/support.h"
#include "trainer/model/layout.h"

namespace dure::trainer {
namespace {

using testing::fastest_machine;
using testing::lively_checkpoint;
using testing::logits_of;
using testing::losses_of;
using testing::on_every_machine;
using testing::random_tokens;
using testing::tiny_model;

TEST(Widen, KeepsTheLogitsToRounding) {
    const auto machine = fastest_machine();
    for (const bool tied : {true, false}) {
        const Checkpoint narrow = lively_checkpoint(tiny_model(tied), 1);
        const auto tokens = random_tokens(33, narrow.config.active_vocab, 2);
        const auto expected = logits_of(*machine.kernels, narrow, tokens, narrow.config.vocab);
        for (const std::uint32_t dim : {8U, 16U, 24U, 40U, 256U}) {
            const Checkpoint wide = *widen(narrow, dim, 3);
            EXPECT_EQ(wide.config.dim, dim);
            const auto logits = logits_of(*machine.kernels, wide, tokens, narrow.config.vocab);
            ASSERT_EQ(logits.size(), expected.size());
            for (std::size_t i = 0; i < logits.size(); ++i) {
                ASSERT_NEAR(std::bit_cast<float>(logits[i]), std::bit_cast<float>(expected[i]), 1e-4F)
                    << dim << ", " << i;
            }
        }
    }
}

TEST(Widen, ByAPowerOfFourKeepsEveryBit) {
    for (const bool tied : {true, false}) {
        const Checkpoint narrow = lively_checkpoint(tiny_model(tied), 1);
        const auto tokens = random_tokens(33, narrow.config.active_vocab, 2);
        for (const std::uint32_t dim : {8U, 32U, 128U}) {
            const Checkpoint wide = *widen(narrow, dim, 3);
            on_every_machine([&](const testing::Machine& machine) {
                EXPECT_EQ(logits_of(*machine.kernels, wide, tokens, narrow.config.vocab),
                          logits_of(*machine.kernels, narrow, tokens, narrow.config.vocab))
                    << machine.name << ", " << dim;
            });
        }
    }
}

TEST(Widen, ThenGrowIsExactFromThere) {
    const Checkpoint wide = *widen(lively_checkpoint(tiny_model(), 1), 24, 3);
    ModelConfig to = wide.config;
    to.layers = 3;
    to.ffn = 48;
    const auto machine = fastest_machine();
    const auto windows = random_tokens(33 * 2, to.active_vocab, 2);
    EXPECT_EQ(losses_of(*machine.kernels, wide, windows),
              losses_of(*machine.kernels, *grow(wide, to, 4), windows));
}

TEST(Widen, LeavesTheNewFeaturesToTraining) {
    // (A tied head reads the new features only once the embedding has moved.)
    const Checkpoint narrow = lively_checkpoint(tiny_model(false), 1);
    const Checkpoint wide = *widen(narrow, 32, 3);
    const auto machine = fastest_machine();
    const auto windows = random_tokens(33 * 4, narrow.config.active_vocab, 2);
    Transformer transformer(*machine.kernels, wide.config, 32, Transformer::Use::gradients);
    std::vector<float> gradient(wide.parameters.size());
    std::vector<float> losses(4 * 32);
    transformer.gradient(gradient, losses, wide.parameters, windows);
    // What writes to the new features is zero, but its gradient is not.
    for (const Tensor& tensor : transformer.layout().tensors) {
        if (tensor.kind != TensorKind::residual_matrix) continue;
        const std::int64_t old_size = tensor.columns * narrow.config.dim;
        float moved = 0;
        for (std::int64_t i = old_size; i < tensor.size(); ++i) {
            const auto at = static_cast<std::size_t>(tensor.offset + i);
            ASSERT_EQ(wide.parameters[at], 0.0F) << tensor.name;
            moved += std::fabs(gradient[at]);
        }
        EXPECT_GT(moved, 0.0F) << tensor.name;
    }
}

TEST(Widen, RefusesToShrinkAndOddWidths) {
    const Checkpoint narrow = lively_checkpoint(tiny_model(), 1);
    EXPECT_EQ(widen(narrow, 0, 1).error().code, ErrorCode::invalid);
    EXPECT_NE(widen(narrow, 12, 1).error().message.find("multiple of 8"), std::string::npos);
    EXPECT_EQ(widen(narrow, 1U << 20, 1).error().code, ErrorCode::out_of_range);
}

}  // namespace
}  // namespace dure::trainer
