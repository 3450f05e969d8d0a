#include "trainer/interchange/llama_config.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/trainer/growth/support.h"

namespace dure::trainer {
namespace {

/// What a small Llama's config.json has at least.
std::string text_with(const std::string& more) {
    return R"({"model_type": "llama", "vocab_size": 32000, "hidden_size": 288, "num_hidden_layers": 6,
        "num_attention_heads": 6, "intermediate_size": 768)" +
           (more.empty() ? "" : ", " + more) + "}";
}

TEST(LlamaConfig, EveryModelComesBackEqual) {
    EXPECT_TRUE(rc::check([] {
        ModelConfig config = testing::any_model();
        // Any bits of a float in range.
        config.rope_theta =
            Float32(1.0F + 1e6F * static_cast<float>(*rc::gen::inRange(0, 1 << 24)) * 0x1p-24F);
        config.norm_epsilon =
            Float32(1e-6F * (1.0F + static_cast<float>(*rc::gen::inRange(0, 1 << 20)) * 0x1p-12F));
        const auto back = read_llama_config(llama_config_text(config));
        if (!back) RC_FAIL(back.error().message);
        RC_ASSERT(*back == config);
    }));
}

TEST(LlamaConfig, AbsentFieldsTakeTheUsualDefaults) {
    const auto config = read_llama_config(text_with(""));
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->kv_heads, 6U);
    EXPECT_EQ(config->head_dim, 48U);
    EXPECT_EQ(config->max_sequence, 2048U);
    EXPECT_EQ(config->active_vocab, 32000U);
    EXPECT_EQ(config->rope_theta, Float32(10000.0F));
    EXPECT_EQ(config->norm_epsilon, Float32(1e-6F));
    EXPECT_FALSE(config->tied);
    EXPECT_TRUE(config->features.empty());
}

TEST(LlamaConfig, ReadsWhatOthersWrite) {
    const auto config = read_llama_config(
        text_with(
            R"("num_key_value_heads": 2, "head_dim": 64, "max_position_embeddings": 131072, "rms_norm_eps": 1e-05,
           "rope_theta": 500000, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "pretraining_tp": 1,
           "attention_bias": false, "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0,
           "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"})"),
        ImportOptions{.max_sequence = 4096, .active_vocab = 31000});
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->kv_heads, 2U);
    EXPECT_EQ(config->head_dim, 64U);
    EXPECT_EQ(config->max_sequence, 4096U);
    EXPECT_EQ(config->active_vocab, 31000U);
    EXPECT_EQ(config->norm_epsilon, Float32(1e-5F));
    EXPECT_EQ(config->rope_theta, Float32(5e5F));
    EXPECT_TRUE(config->tied);
    ASSERT_EQ(config->features.size(), 1U);
    EXPECT_EQ(config->features[0],
              ModelFeature(Llama3Rope{Float32(32.0F), Float32(1.0F), Float32(4.0F), 8192}));
}

TEST(LlamaConfig, ReadsScalingInItsOlderAndNewerPlaces) {
    const ModelFeature linear = LinearRope{Float32(2.0F)};
    for (const char* const text :
         {R"("rope_scaling": {"type": "linear", "factor": 2.0})",
          R"("rope_scaling": {"rope_type": "linear", "factor": 2})",
          R"("rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 10000.0})"}) {
        const auto config = read_llama_config(text_with(text));
        ASSERT_TRUE(config) << config.error().message;
        ASSERT_EQ(config->features.size(), 1U) << text;
        EXPECT_EQ(config->features[0], linear);
    }
    const auto nested = read_llama_config(
        text_with(R"("rope_parameters": {"rope_type": "default", "rope_theta": 2e5}, "rope_scaling": null)"));
    ASSERT_TRUE(nested) << nested.error().message;
    EXPECT_TRUE(nested->features.empty());
    EXPECT_EQ(nested->rope_theta, Float32(2e5F));
}

TEST(LlamaConfig, RefusesWhatItCannotCompute) {
    struct Mistake {
        const char* complaint;
        ErrorCode code;
        std::string text;
    };
    const Mistake mistakes[] = {
        {"is no JSON", ErrorCode::malformed, "{"},
        {"no JSON object", ErrorCode::malformed, "[]"},
        {"vocab_size is missing", ErrorCode::not_found, "{}"},
        {"hidden_size is missing", ErrorCode::not_found, R"({"vocab_size": 100, "hidden_size": null})"},
        {"vocab_size is not a whole number", ErrorCode::malformed, R"({"vocab_size": "many"})"},
        {"vocab_size is not a whole number", ErrorCode::malformed, R"({"vocab_size": -1})"},
        {"model_type 'mamba'", ErrorCode::invalid, R"({"model_type": "mamba"})"},
        {"hidden_act 'gelu'", ErrorCode::invalid, text_with(R"("hidden_act": "gelu")")},
        {"attention_bias", ErrorCode::invalid, text_with(R"("attention_bias": true)")},
        {"mlp_bias", ErrorCode::invalid, text_with(R"("mlp_bias": true)")},
        {"quantization_config", ErrorCode::invalid, text_with(R"("quantization_config": {})")},
        {"partial_rotary_factor", ErrorCode::invalid, text_with(R"("partial_rotary_factor": 0.5)")},
        {"rope_scaling.type 'yarn'", ErrorCode::invalid, text_with(R"("rope_scaling": {"type": "yarn"})")},
        {"rope_scaling.factor is missing", ErrorCode::not_found,
         text_with(R"("rope_scaling": {"type": "linear"})")},
        {"rope_scaling is not an object", ErrorCode::malformed, text_with(R"("rope_scaling": 2)")},
        {"rms_norm_eps is not a number", ErrorCode::malformed, text_with(R"("rms_norm_eps": 1e300)")},
        {"tie_word_embeddings is not true or false", ErrorCode::malformed,
         text_with(R"("tie_word_embeddings": 1)")},
        {"head_dim is missing", ErrorCode::not_found,
         R"({"vocab_size": 99, "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 3,
             "intermediate_size": 8})"},
        {"max_sequence is 65536", ErrorCode::out_of_range, text_with(R"("max_position_embeddings": 65536)")},
        {"the number of parameters", ErrorCode::out_of_range,
         R"({"vocab_size": 32000, "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
             "intermediate_size": 11008})"},
        {"dure.active_vocab", ErrorCode::malformed, text_with(R"("dure": {"active_vocab": "x"})")},
        {"active_vocab is 40000", ErrorCode::out_of_range, text_with(R"("dure": {"active_vocab": 40000})")},
    };
    for (const Mistake& mistake : mistakes) {
        const auto config = read_llama_config(mistake.text);
        ASSERT_FALSE(config) << mistake.complaint;
        EXPECT_EQ(config.error().code, mistake.code) << config.error().message;
        EXPECT_NE(config.error().message.find(mistake.complaint), std::string::npos)
            << config.error().message;
    }
    EXPECT_EQ(read_llama_config(text_with(""), {.max_sequence = 4096, .active_vocab = 0}).error().code,
              ErrorCode::out_of_range);
}

}  // namespace
}  // namespace dure::trainer
