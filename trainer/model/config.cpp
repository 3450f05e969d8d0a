#include "trainer/model/config.h"

#include <cmath>
#include <cstdio>
#include <string>

namespace dure::trainer {
namespace {

constexpr std::uint32_t k_vocab_max = 65536;
constexpr std::uint32_t k_dim_max = 16384;
constexpr std::uint32_t k_layers_max = 256;
constexpr std::uint32_t k_heads_max = 256;
constexpr std::uint32_t k_head_dim_max = 256;
constexpr std::uint32_t k_ffn_max = 65536;
constexpr std::uint32_t k_sequence_max = 32768;
constexpr float k_rope_factor_max = 1e6F;
constexpr float k_rope_turns_min = 1e-3F;
constexpr float k_rope_turns_max = 1e6F;
constexpr std::uint32_t k_rope_sequence_max = 1U << 24;
constexpr std::uint32_t k_steps_max = 1U << 20;
constexpr std::uint32_t k_batch_max = 4096;
constexpr std::uint64_t k_windows_per_unit_max = 1U << 24;
constexpr std::uint32_t k_token_chunk_size = 512;

// Short, and exact enough to tell small numbers apart: std::to_string(1e-8) is 0.000000.
std::string text(float value) {
    char buffer[32];
    const int length = std::snprintf(buffer, sizeof buffer, "%.6g", static_cast<double>(value));
    return {buffer, static_cast<std::size_t>(length)};
}

// Collects the first complaint, so that a config's rules read as a list.
class Rules {
  public:
    explicit Rules(const char* what) : what_(what) {}

    Rules& range(const char* field, std::uint64_t value, std::uint64_t low, std::uint64_t high) {
        if (value < low || value > high) {
            complain(field, std::to_string(value),
                     "must be " + std::to_string(low) + " to " + std::to_string(high));
        }
        return *this;
    }
    // NaN is outside of every range.
    Rules& range(const char* field, Float32 value, float low, float high) {
        if (!(value.value() >= low && value.value() <= high)) {
            complain(field, text(value.value()), "must be " + text(low) + " to " + text(high));
        }
        if (value.value() == 0 && std::signbit(value.value()))
            complain(field, "-0", "must have no sign at zero");
        return *this;
    }
    Rules& that(bool holds, const char* field, std::uint64_t value, const char* rule) {
        if (!holds) complain(field, std::to_string(value), rule);
        return *this;
    }
    Rules& that(bool holds, const char* field, Float32 value, const char* rule) {
        if (!holds) complain(field, text(value.value()), rule);
        return *this;
    }
    Status result() const {
        if (complaint_.empty()) return {};
        return Error{ErrorCode::out_of_range, complaint_};
    }

  private:
    void complain(const char* field, const std::string& value, const std::string& rule) {
        if (complaint_.empty())
            complaint_ = std::string(what_) + ": " + field + " is " + value + ", but " + rule;
    }

    const char* what_;
    std::string complaint_;
};

}  // namespace

Status ModelConfig::validate() const {
    Rules rules("model config");
    rules.range("vocab", vocab, 2, k_vocab_max)
        .range("active_vocab", active_vocab, 2, vocab)
        .range("dim", dim, 8, k_dim_max)
        .that(dim % 8 == 0, "dim", dim, "must be a multiple of 8")
        .range("layers", layers, 1, k_layers_max)
        .range("heads", heads, 1, k_heads_max)
        .range("kv_heads", kv_heads, 1, heads)
        .that(kv_heads != 0 && heads % kv_heads == 0, "kv_heads", kv_heads, "must divide heads")
        .range("head_dim", head_dim, 2, k_head_dim_max)
        .that(head_dim % 2 == 0, "head_dim", head_dim, "must be even")
        .range("ffn", ffn, 8, k_ffn_max)
        .range("max_sequence", max_sequence, 1, k_sequence_max)
        .range("rope_theta", rope_theta, 1.0F, 1e9F)
        .range("norm_epsilon", norm_epsilon, 1e-12F, 0.1F);
    for (std::size_t i = 0; i < features.size(); ++i) {
        rules
            .that(i == 0 || features[i - 1].index() < features[i].index(), "feature", i,
                  "must be of a later kind than the one before it")
            .that(i == 0, "feature", i, "must not be a second scaling of rotary positions");
        if (const auto* linear = std::get_if<LinearRope>(&features[i])) {
            rules.range("rope factor", linear->factor, 1.0F, k_rope_factor_max);
        } else if (const auto* llama3 = std::get_if<Llama3Rope>(&features[i])) {
            rules.range("rope factor", llama3->factor, 1.0F, k_rope_factor_max)
                .range("rope low", llama3->low, k_rope_turns_min, k_rope_turns_max)
                .range("rope high", llama3->high, k_rope_turns_min, k_rope_turns_max)
                .that(llama3->low.value() < llama3->high.value(), "rope high", llama3->high,
                      "must be above rope low")
                .range("rope original_sequence", llama3->original_sequence, 1, k_rope_sequence_max);
        }
    }
    DURE_CHECK(rules.result());
    return rules.range("the number of parameters", parameter_count(), 1, k_max_parameters).result();
}

std::uint64_t ModelConfig::parameter_count() const {
    const std::uint64_t width = dim;
    const std::uint64_t embedding = std::uint64_t{vocab} * width;
    const std::uint64_t query = std::uint64_t{heads} * head_dim * width;
    const std::uint64_t key = std::uint64_t{kv_heads} * head_dim * width;
    const std::uint64_t layer = 2 * width + 2 * query + 2 * key + 3 * std::uint64_t{ffn} * width;
    return (tied ? 1 : 2) * embedding + layers * layer + width;
}

Status ModelConfig::check_tokens(std::span<const std::int32_t> tokens) const {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i] < 0 || static_cast<std::uint32_t>(tokens[i]) >= active_vocab) {
            return Error{ErrorCode::invalid,
                         "token " + std::to_string(i) + " is " + std::to_string(tokens[i]) +
                             ", but the model's vocabulary has " + std::to_string(active_vocab) +
                             " ids; use the chain's tokenizer"};
        }
    }
    return {};
}

Status TrainConfig::validate() const {
    return Rules("train config")
        .range("steps", steps, 1, k_steps_max)
        .range("batch", batch, 1, k_batch_max)
        .that(windows_per_unit() <= k_windows_per_unit_max, "steps * batch", windows_per_unit(),
              "must be at most 2^24")
        .range("sequence", sequence, 1, k_sequence_max)
        .that(sequence != 0 && (k_token_chunk_size % sequence == 0 || sequence % k_token_chunk_size == 0),
              "sequence", sequence, "must divide 512 or be a multiple of it")
        .range("segment_steps", segment_steps, 1, steps)
        .range("warmup_steps", warmup_steps, 0, steps)
        .range("learning_rate", learning_rate, 0.0F, 1.0F)
        .range("learning_rate_floor", learning_rate_floor, 0.0F, learning_rate.value())
        .range("beta1", beta1, 0.0F, 0.9999F)
        .range("beta2", beta2, 0.0F, 0.99999F)
        .range("epsilon", epsilon, 1e-15F, 1e-2F)
        .range("weight_decay", weight_decay, 0.0F, 1.0F)
        .range("clip_norm", clip_norm, 0.0F, 1e6F)
        .range("quant_block", quant_block, 64, 1024)
        .that((quant_block & (quant_block - 1)) == 0, "quant_block", quant_block, "must be a power of two")
        .range("update_norm_max", update_norm_max, 0.0F, 1e9F)
        .range("update_norm_refused", update_norm_refused, 0.0F, 1e9F)
        .that(update_norm_refused.value() <= 0.0F || update_norm_refused.value() >= update_norm_max.value(),
              "update_norm_refused", update_norm_refused, "must be 0 or at least update_norm_max")
        .range("outer_learning_rate", outer_learning_rate, 0.0F, 10.0F)
        .range("outer_momentum", outer_momentum, 0.0F, 0.9999F)
        .range("held_out_windows", held_out_windows, 1, 1U << 20)
        .range("score_windows", score_windows, 1, 1U << 20)
        .range("score_step", score_step, 0.0F, 1e6F)
        .result();
}

Status TrainConfig::validate_for(const ModelConfig& model) const {
    DURE_CHECK(model.validate());
    DURE_CHECK(validate());
    return Rules("train config").range("sequence", sequence, 1, model.max_sequence).result();
}

}  // namespace dure::trainer
