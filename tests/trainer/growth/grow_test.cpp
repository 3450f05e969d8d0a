#include "trainer/growth/grow.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>

#include "tests/trainer/growth/support.h"
#include "trainer/model/initialize.h"
#include "trainer/model/layout.h"

namespace dure::trainer {
namespace {

using testing::any_growth_of;
using testing::any_model;
using testing::Bits;
using testing::lively_checkpoint;
using testing::logits_of;
using testing::losses_of;
using testing::on_every_machine;
using testing::random_tokens;
using testing::tiny_model;

ModelConfig larger_tiny_model(bool tied = true) {
    ModelConfig config = tiny_model(tied);
    config.layers = 3;
    config.heads = 8;
    config.kv_heads = 4;
    config.ffn = 40;
    config.vocab = 30;
    config.max_sequence = 96;
    return config;
}

TEST(Grow, LogitsAreIdenticalOnEveryMachineInPrefillAndDecoding) {
    EXPECT_TRUE(rc::check("growth preserves every bit of what the model says", [] {
        const ModelConfig from = any_model();
        const ModelConfig to = any_growth_of(from);
        const auto seed = *rc::gen::arbitrary<std::uint64_t>();
        const Checkpoint small = lively_checkpoint(from, seed);
        const Result<Checkpoint> large = grow(small, to, seed + 2);
        RC_ASSERT(large.has_value());
        const auto tokens = random_tokens(33, from.active_vocab, seed);
        const auto windows = random_tokens(33 * 3, from.active_vocab, seed + 1);
        const auto reference = testing::Machine(Isa::reference, 1);
        const Bits logits = logits_of(*reference.kernels, small, tokens, from.vocab);
        const Bits losses = losses_of(*reference.kernels, small, windows);
        on_every_machine([&](const testing::Machine& machine) {
            RC_ASSERT(logits_of(*machine.kernels, *large, tokens, from.vocab) == logits);
            // New rows that are in use take part in the loss.
            if (to.active_vocab == from.active_vocab)
                RC_ASSERT(losses_of(*machine.kernels, *large, windows) == losses);
        });
    }));
}

TEST(Grow, RowsThatComeIntoUseLeaveTheOldRowsLogitsAlone) {
    for (const bool tied : {true, false}) {
        const Checkpoint small = lively_checkpoint(tiny_model(tied), 5);
        ModelConfig to = tiny_model(tied);
        to.vocab = to.active_vocab = 64;
        const Checkpoint large = *grow(small, to, 6);
        const auto tokens = random_tokens(20, small.config.active_vocab, 7);
        on_every_machine([&](const testing::Machine& machine) {
            EXPECT_EQ(logits_of(*machine.kernels, small, tokens, small.config.vocab),
                      logits_of(*machine.kernels, large, tokens, small.config.vocab))
                << machine.name;
        });
    }
}

/// Each element on its own, by name, row and column.
TEST(Grow, EachElementIsTheOldOneOrZeroOrTheNextShapesStart) {
    for (const bool tied : {true, false}) {
        const Checkpoint small = lively_checkpoint(tiny_model(tied), 1);
        const ModelConfig to = larger_tiny_model(tied);
        const Checkpoint large = *grow(small, to, 9);
        EXPECT_EQ(large.config, to);
        const std::vector<float> start = initialize_parameters(to, 9);
        const ParameterLayout old_layout = make_layout(small.config);
        std::size_t old_ones = 0;
        for (const Tensor& tensor : make_layout(to).tensors) {
            const auto old = std::find_if(old_layout.tensors.begin(), old_layout.tensors.end(),
                                          [&](const Tensor& t) { return t.name == tensor.name; });
            for (std::int64_t i = 0; i < tensor.size(); ++i) {
                const std::int64_t row = i / tensor.columns;
                const std::int64_t column = i % tensor.columns;
                const auto at = static_cast<std::size_t>(tensor.offset + i);
                if (old != old_layout.tensors.end() && row < old->rows && column < old->columns) {
                    const auto was = static_cast<std::size_t>(old->offset + row * old->columns + column);
                    ASSERT_EQ(large.parameters[at], small.parameters[was]) << tensor.name;
                    ASSERT_EQ(large.outer_momentum[at], small.outer_momentum[was]) << tensor.name;
                    ++old_ones;
                    continue;
                }
                const bool zero = tensor.kind == TensorKind::residual_matrix;
                ASSERT_EQ(large.parameters[at], zero ? 0.0F : start[at]) << tensor.name;
                ASSERT_EQ(large.outer_momentum[at], 0.0F) << tensor.name;
            }
        }
        EXPECT_EQ(old_ones, small.parameters.size());
    }
}

TEST(Grow, IsAFunctionOfItsArguments) {
    const Checkpoint small = lively_checkpoint(tiny_model(), 1);
    const ModelConfig to = larger_tiny_model();
    EXPECT_EQ(*grow(small, to, 9), *grow(small, to, 9));
    EXPECT_NE(grow(small, to, 9)->parameters, grow(small, to, 10)->parameters);
    EXPECT_EQ(*grow(small, small.config, 9), small);
}

TEST(Grow, InTwoStepsKeepsTheLogitsToo) {
    const Checkpoint small = lively_checkpoint(tiny_model(), 1);
    ModelConfig middle = tiny_model();
    middle.layers = 4;
    const Checkpoint large = *grow(
        *grow(small, middle, 1),
        [&] {
            ModelConfig to = larger_tiny_model();
            to.layers = 5;
            return to;
        }(),
        2);
    const auto tokens = random_tokens(30, small.config.active_vocab, 3);
    const auto machine = testing::fastest_machine();
    EXPECT_EQ(logits_of(*machine.kernels, small, tokens, small.config.vocab),
              logits_of(*machine.kernels, large, tokens, small.config.vocab));
}

TEST(Grow, MomentsKeepTheirPlacesAndNewOnesAreZero) {
    const ModelConfig from = tiny_model();
    const ModelConfig to = larger_tiny_model();
    const Checkpoint small = lively_checkpoint(from, 1);
    const std::vector<float> moments = grow_values(from, to, small.outer_momentum);
    EXPECT_EQ(moments, grow(small, to, 3)->outer_momentum);
    EXPECT_EQ(static_cast<std::size_t>(
                  std::count_if(moments.begin(), moments.end(), [](float m) { return m != 0.0F; })),
              small.outer_momentum.size());
}

TEST(Grow, RefusesWhatIsNoGrowth) {
    const ModelConfig from = tiny_model();
    const std::pair<const char*, std::function<void(ModelConfig&)>> mistakes[] = {
        {"dim", [](ModelConfig& c) { c.dim = 16; }},
        {"head_dim", [](ModelConfig& c) { c.head_dim = 8; }},
        {"rope_theta", [](ModelConfig& c) { c.rope_theta = Float32(5e5F); }},
        {"norm_epsilon", [](ModelConfig& c) { c.norm_epsilon = Float32(1e-6F); }},
        {"tied", [](ModelConfig& c) { c.tied = false; }},
        {"features", [](ModelConfig& c) { c.features.emplace_back(LinearRope{Float32(2.0F)}); }},
        {"layers", [](ModelConfig& c) { c.layers = 1; }},
        {"ffn", [](ModelConfig& c) { c.ffn = 16; }},
        {"ffn would go from 24 to 28, but it must stay a multiple of 8", [](ModelConfig& c) { c.ffn = 28; }},
        {"vocab", [](ModelConfig& c) { c.vocab = c.active_vocab = 20; }},
        {"active_vocab", [](ModelConfig& c) { c.active_vocab = 20; }},
        {"max_sequence", [](ModelConfig& c) { c.max_sequence = 32; }},
        {"kv_heads", [](ModelConfig& c) { c.kv_heads = 1; }},
        {"heads / kv_heads", [](ModelConfig& c) { c.heads = 8; }},
        {"heads * head_dim",
         [](ModelConfig& c) {
             c.heads = 6;
             c.kv_heads = 3;
         }},
    };
    for (const auto& [field, mistake] : mistakes) {
        ModelConfig to = from;
        mistake(to);
        const auto grown = grow(lively_checkpoint(from, 1), to, 1);
        ASSERT_FALSE(grown) << field;
        EXPECT_EQ(grown.error().code, ErrorCode::invalid);
        EXPECT_NE(grown.error().message.find(field), std::string::npos) << grown.error().message;
    }
    ModelConfig none = from;
    none.layers = 0;
    EXPECT_EQ(grow(lively_checkpoint(from, 1), none, 1).error().code, ErrorCode::out_of_range);
}

}  // namespace
}  // namespace dure::trainer
