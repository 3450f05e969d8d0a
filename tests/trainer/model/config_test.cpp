#include "trainer/model/config.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "tests/trainer/support.h"
#include "trainer/model/layout.h"
#include "trainer/model/recipe.h"

namespace dure::trainer {
namespace {

using testing::tiny_model;
using testing::tiny_training;

TEST(ModelConfig, EncodingIsOneToOne) {
    const ModelConfig config = tiny_model();
    const auto decoded = decode<ModelConfig>(encode(config));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, config);
    const auto train = decode<TrainConfig>(encode(tiny_training()));
    ASSERT_TRUE(train);
    EXPECT_EQ(*train, tiny_training());
}

TEST(ModelConfig, EncodingCarriesFeatures) {
    ModelConfig config = tiny_model();
    const std::size_t plain = encode(config).size();
    EXPECT_EQ(plain, 49U);
    config.features.emplace_back(Llama3Rope{Float32(8.0F), Float32(1.0F), Float32(4.0F), 16});
    EXPECT_TRUE(config.validate());
    const auto decoded = decode<ModelConfig>(encode(config));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, config);
    EXPECT_NE(*decoded, tiny_model());
}

TEST(ModelConfig, RefusesEachBadField) {
    EXPECT_TRUE(tiny_model().validate());
    const std::pair<const char*, std::function<void(ModelConfig&)>> mistakes[] = {
        {"vocab", [](ModelConfig& c) { c.vocab = 0; }},
        {"vocab", [](ModelConfig& c) { c.vocab = 1U << 30; }},
        {"active_vocab", [](ModelConfig& c) { c.active_vocab = c.vocab + 1; }},
        {"dim", [](ModelConfig& c) { c.dim = 12; }},
        {"layers", [](ModelConfig& c) { c.layers = 0; }},
        {"heads", [](ModelConfig& c) { c.heads = 0; }},
        {"kv_heads", [](ModelConfig& c) { c.kv_heads = 3; }},
        {"kv_heads", [](ModelConfig& c) { c.kv_heads = 0; }},
        {"head_dim", [](ModelConfig& c) { c.head_dim = 5; }},
        {"ffn", [](ModelConfig& c) { c.ffn = 0; }},
        {"max_sequence", [](ModelConfig& c) { c.max_sequence = 0; }},
        {"rope_theta",
         [](ModelConfig& c) { c.rope_theta = Float32(std::numeric_limits<float>::quiet_NaN()); }},
        {"norm_epsilon", [](ModelConfig& c) { c.norm_epsilon = Float32(-1.0F); }},
        {"rope factor", [](ModelConfig& c) { c.features.emplace_back(LinearRope{Float32(0.5F)}); }},
        {"rope high",
         [](ModelConfig& c) {
             c.features.emplace_back(Llama3Rope{Float32(2.0F), Float32(4.0F), Float32(4.0F), 16});
         }},
        {"rope original_sequence",
         [](ModelConfig& c) {
             c.features.emplace_back(Llama3Rope{Float32(2.0F), Float32(1.0F), Float32(4.0F), 0});
         }},
        {"feature",
         [](ModelConfig& c) {
             c.features.emplace_back(LinearRope{Float32(2.0F)});
             c.features.emplace_back(Llama3Rope{Float32(2.0F), Float32(1.0F), Float32(4.0F), 16});
         }},
        {"feature",
         [](ModelConfig& c) {
             c.features.emplace_back(LinearRope{Float32(2.0F)});
             c.features.emplace_back(LinearRope{Float32(2.0F)});
         }},
        {"parameters",
         [](ModelConfig& c) {
             c.dim = 16384;
             c.ffn = 65536;
             c.layers = 256;
         }},
    };
    for (const auto& [field, mistake] : mistakes) {
        ModelConfig config = tiny_model();
        mistake(config);
        const Status status = config.validate();
        ASSERT_FALSE(status) << field;
        EXPECT_EQ(status.error().code, ErrorCode::out_of_range);
        EXPECT_NE(status.error().message.find(field), std::string::npos) << status.error().message;
    }
}

TEST(TrainConfig, RefusesEachBadField) {
    EXPECT_TRUE(tiny_training().validate_for(tiny_model()));
    const std::pair<const char*, std::function<void(TrainConfig&)>> mistakes[] = {
        {"steps", [](TrainConfig& c) { c.steps = 0; }},
        {"steps",
         [](TrainConfig& c) {
             c.steps = 1U << 20;
             c.batch = 4096;
         }},
        {"batch", [](TrainConfig& c) { c.batch = 0; }},
        {"sequence", [](TrainConfig& c) { c.sequence = 48; }},
        {"sequence", [](TrainConfig& c) { c.sequence = 128; }},
        {"segment_steps", [](TrainConfig& c) { c.segment_steps = 0; }},
        {"warmup_steps", [](TrainConfig& c) { c.warmup_steps = 9; }},
        {"learning_rate",
         [](TrainConfig& c) { c.learning_rate = Float32(std::numeric_limits<float>::infinity()); }},
        {"learning_rate_floor", [](TrainConfig& c) { c.learning_rate_floor = Float32(0.5F); }},
        {"beta1", [](TrainConfig& c) { c.beta1 = Float32(1.0F); }},
        {"epsilon", [](TrainConfig& c) { c.epsilon = Float32(0.0F); }},
        {"weight_decay", [](TrainConfig& c) { c.weight_decay = Float32(-0.0F); }},
        {"quant_block", [](TrainConfig& c) { c.quant_block = 96; }},
        {"update_norm_refused", [](TrainConfig& c) { c.update_norm_refused = Float32(99.0F); }},
        {"outer_momentum", [](TrainConfig& c) { c.outer_momentum = Float32(1.0F); }},
        {"held_out_windows", [](TrainConfig& c) { c.held_out_windows = 0; }},
        {"score_step",
         [](TrainConfig& c) { c.score_step = Float32(std::numeric_limits<float>::quiet_NaN()); }},
    };
    for (const auto& [field, mistake] : mistakes) {
        TrainConfig config = tiny_training();
        mistake(config);
        const Status status = config.validate_for(tiny_model());
        ASSERT_FALSE(status) << field;
        EXPECT_NE(status.error().message.find(field), std::string::npos) << status.error().message;
    }
}

TEST(ParameterLayout, HasNoGapsAndCountsAsTheConfigDoes) {
    for (const bool tied : {true, false}) {
        const ParameterLayout layout = make_layout(tiny_model(tied));
        EXPECT_EQ(static_cast<std::uint64_t>(layout.count), tiny_model(tied).parameter_count());
        std::int64_t at = 0;
        for (const Tensor& tensor : layout.tensors) {
            EXPECT_EQ(tensor.offset, at) << tensor.name;
            at += tensor.size();
        }
        EXPECT_EQ(at, layout.count);
        EXPECT_EQ(layout.head == layout.embedding, tied);
    }
}

TEST(Recipe, OfTheDevnetIsValidAndHasAboutAMillionParameters) {
    const Recipe recipe = default_devnet_recipe(k_devnet_vocab);
    ASSERT_TRUE(recipe.train.validate_for(recipe.model))
        << recipe.train.validate_for(recipe.model).error().message;
    EXPECT_NEAR(static_cast<double>(recipe.model.parameter_count()), 1e6, 1e5);
    EXPECT_EQ(recipe.train.windows_per_unit(), std::uint64_t{recipe.train.steps} * recipe.train.batch);
    EXPECT_EQ(recipe.train.window_tokens(), recipe.train.sequence + 1);
}

}  // namespace
}  // namespace dure::trainer
