#include "trainer/interchange/llama_config.h"

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <optional>

#include "base/assert.h"
#include "base/quote.h"
#include "trainer/interchange/json_text.h"

namespace dure::trainer {
namespace {

namespace json = boost::json;

// Defaults of transformers' LlamaConfig.
constexpr float k_default_norm_epsilon = 1e-6F;
constexpr float k_default_rope_theta = 10000.0F;
constexpr std::uint32_t k_default_positions = 2048;

constexpr const char* k_dure_section = "dure";

/// The double whose decimal is as short as the float's ("1e-05"), as others write it; it reads as the same
/// float.
double short_double(Float32 value) {
    std::array<char, 32> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), value.value());
    double parsed = 0;
    std::from_chars(text.data(), written.ptr, parsed);
    return static_cast<float>(parsed) == value.value() ? parsed : value.exact();
}

json::object described(const LinearRope& scaling) {
    // No more than these two: older readers insist on it.
    return {{"type", "linear"}, {"factor", short_double(scaling.factor)}};
}

json::object described(const Llama3Rope& scaling) {
    return {{"rope_type", "llama3"},
            {"factor", short_double(scaling.factor)},
            {"low_freq_factor", short_double(scaling.low)},
            {"high_freq_factor", short_double(scaling.high)},
            {"original_max_position_embeddings", scaling.original_sequence}};
}

/// What `scaling` says, if it says anything but the default.
std::optional<ModelFeature> read_rope_scaling(JsonFields& scaling) {
    const std::string type = scaling.text("rope_type", scaling.text("type", "default"));
    if (type == "default") return std::nullopt;
    if (type == "linear") return LinearRope{Float32(scaling.number("factor"))};
    if (type == "llama3") {
        return Llama3Rope{Float32(scaling.number("factor")), Float32(scaling.number("low_freq_factor")),
                          Float32(scaling.number("high_freq_factor")),
                          scaling.count("original_max_position_embeddings")};
    }
    scaling.complain(ErrorCode::invalid,
                     "type " + quote(type) + " is not supported; linear, llama3 and default are");
    return std::nullopt;
}

void refuse_what_is_not_supported(JsonFields& fields) {
    if (const std::string type = fields.text("model_type", "llama"); type != "llama")
        fields.complain(ErrorCode::invalid, "model_type " + quote(type) + " is not supported; llama is");
    if (const std::string act = fields.text("hidden_act", "silu"); act != "silu")
        fields.complain(ErrorCode::invalid, "hidden_act " + quote(act) + " is not supported; silu is");
    for (const char* const bias : {"attention_bias", "mlp_bias"}) {
        if (fields.flag(bias, false))
            fields.complain(ErrorCode::invalid,
                            std::string(bias) + " is not supported: this model's products have no biases");
    }
    if (fields.has("quantization_config")) {
        fields.complain(ErrorCode::invalid,
                        "quantization_config: quantized weights are not supported; take the model's original "
                        "ones");
    }
    if (fields.number("partial_rotary_factor", 1.0F) != 1.0F)
        fields.complain(ErrorCode::invalid, "partial_rotary_factor other than 1 is not supported");
}

void read_rope(JsonFields& fields, ModelConfig& config, Status& nested) {
    config.rope_theta = Float32(fields.number("rope_theta", k_default_rope_theta));
    // Newer files nest base and scaling in one object.
    for (const char* const name : {"rope_scaling", "rope_parameters"}) {
        const json::object* const object = fields.object(name);
        if (object == nullptr) continue;
        JsonFields scaling(*object, std::string("config.json: ") + name + ".");
        config.rope_theta = Float32(scaling.number("rope_theta", config.rope_theta.value()));
        const std::optional<ModelFeature> feature = read_rope_scaling(scaling);
        if (feature) config.features.push_back(*feature);
        if (nested) nested = scaling.result();
    }
}

}  // namespace

std::string llama_config_text(const ModelConfig& config) {
    DURE_ASSERT(config.validate());
    json::object root{{"architectures", json::array{"LlamaForCausalLM"}},
                      {"model_type", "llama"},
                      {"attention_bias", false},
                      {"attention_dropout", 0.0},
                      {"bos_token_id", 1},
                      {"eos_token_id", 2},
                      {"head_dim", config.head_dim},
                      {"hidden_act", "silu"},
                      {"hidden_size", config.dim},
                      {"intermediate_size", config.ffn},
                      {"max_position_embeddings", config.max_sequence},
                      {"mlp_bias", false},
                      {"num_attention_heads", config.heads},
                      {"num_hidden_layers", config.layers},
                      {"num_key_value_heads", config.kv_heads},
                      {"rms_norm_eps", short_double(config.norm_epsilon)},
                      {"rope_scaling", nullptr},
                      {"rope_theta", short_double(config.rope_theta)},
                      {"tie_word_embeddings", config.tied},
                      {"torch_dtype", "float32"},
                      {"use_cache", true},
                      {"vocab_size", config.vocab},
                      {k_dure_section, json::object{{"active_vocab", config.active_vocab}}}};
    for (const ModelFeature& feature : config.features)
        root["rope_scaling"] = std::visit([](const auto& scaling) { return described(scaling); }, feature);
    // One field a line, as people expect to read it.
    std::string text = "{";
    for (const auto& [name, value] : root) {
        text += text.size() == 1 ? "\n  " : ",\n  ";
        text += json::serialize(json::string(name)) + ": " + json::serialize(value);
    }
    return text + "\n}\n";
}

Result<ModelConfig> read_llama_config(std::string_view text, const ImportOptions& options) {
    if (text.size() > k_max_llama_config_bytes) {
        return Error{ErrorCode::malformed, "config.json has " + std::to_string(text.size()) +
                                               " bytes; at most " + std::to_string(k_max_llama_config_bytes) +
                                               " are read"};
    }
    DURE_TRY(const json::value parsed, parse_json(text, "config.json"));
    if (!parsed.is_object()) return Error{ErrorCode::malformed, "config.json is no JSON object"};
    JsonFields fields(parsed.get_object(), "config.json: ");
    refuse_what_is_not_supported(fields);

    ModelConfig config;
    config.vocab = fields.count("vocab_size");
    config.dim = fields.count("hidden_size");
    config.layers = fields.count("num_hidden_layers");
    config.heads = fields.count("num_attention_heads");
    config.ffn = fields.count("intermediate_size");
    config.kv_heads = fields.count("num_key_value_heads", config.heads);
    if (!fields.has("head_dim") && config.heads != 0 && config.dim % config.heads != 0)
        fields.complain(ErrorCode::not_found,
                        "head_dim is missing, and num_attention_heads does not divide hidden_size");
    config.head_dim = fields.count("head_dim", config.heads == 0 ? 0 : config.dim / config.heads);
    config.max_sequence = fields.count("max_position_embeddings", k_default_positions);
    config.norm_epsilon = Float32(fields.number("rms_norm_eps", k_default_norm_epsilon));
    config.tied = fields.flag("tie_word_embeddings", false);
    Status nested;
    read_rope(fields, config, nested);
    config.active_vocab = options.active_vocab != 0 ? options.active_vocab : config.vocab;
    if (const json::object* const section = fields.object(k_dure_section)) {
        JsonFields own(*section, "config.json: dure.");
        config.active_vocab = own.count("active_vocab", config.active_vocab);
        if (nested) nested = own.result();
    }
    DURE_CHECK(fields.result());
    DURE_CHECK(nested);
    if (options.max_sequence > config.max_sequence) {
        return Error{ErrorCode::out_of_range, "the model has " + std::to_string(config.max_sequence) +
                                                  " positions, fewer than the " +
                                                  std::to_string(options.max_sequence) + " asked for"};
    }
    if (options.max_sequence != 0) config.max_sequence = options.max_sequence;
    if (const Status valid = config.validate(); !valid)
        return with_context(valid.error(), "this model is not one that Dure can hold");
    return config;
}

}  // namespace dure::trainer
