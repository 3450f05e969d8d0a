#include "trainer/interchange/llama_files.h"

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <utility>

#include "base/assert.h"
#include "base/quote.h"
#include "trainer/interchange/floats.h"
#include "trainer/interchange/json_text.h"
#include "trainer/interchange/safetensors.h"
#include "trainer/model/layout.h"

namespace dure::trainer {
namespace {

namespace json = boost::json;

constexpr const char* k_root_key = "dure.root";
constexpr std::string_view k_head_name = "lm_head.weight";
constexpr std::string_view k_shard_ending = ".safetensors";
constexpr std::size_t k_named_at_most = 4;
constexpr std::size_t k_max_shard_name_bytes = 255;

std::vector<std::uint64_t> shape_of(const Tensor& tensor) {
    if (tensor.kind == TensorKind::gain) return {static_cast<std::uint64_t>(tensor.columns)};
    return {static_cast<std::uint64_t>(tensor.rows), static_cast<std::uint64_t>(tensor.columns)};
}

std::string text_of(const std::vector<std::uint64_t>& shape) {
    std::string text = "[";
    for (const std::uint64_t extent : shape)
        text += (text.size() == 1 ? "" : ", ") + std::to_string(extent);
    return text + "]";
}

Bytes stored(const ParameterLayout& layout, std::span<const float> values,
             std::map<std::string, std::string> metadata) {
    Safetensors content;
    content.metadata = std::move(metadata);
    for (const Tensor& tensor : layout.tensors) {
        const auto part =
            values.subspan(static_cast<std::size_t>(tensor.offset), static_cast<std::size_t>(tensor.size()));
        content.tensors.push_back({tensor.name,
                                   Dtype::f32,
                                   shape_of(tensor),
                                   {reinterpret_cast<const std::uint8_t*>(part.data()), part.size_bytes()}});
    }
    return write_safetensors(content);
}

bool is_positive_zero(float value) {
    return std::bit_cast<std::uint32_t>(value) == 0;
}

bool is_finite(float value) {
    return (std::bit_cast<std::uint32_t>(value) & 0x7F800000U) != 0x7F800000U;
}

using TensorsByName = std::map<std::string, StoredTensor, std::less<>>;

/// What some tools store beside the parameters and any model computes for itself.
bool is_derived(std::string_view name) {
    constexpr std::string_view k_ending = ".rotary_emb.inv_freq";
    return name.size() >= k_ending.size() && name.substr(name.size() - k_ending.size()) == k_ending;
}

/// All shards' tensors, and the root that the first shard's metadata names, if any.
struct Weights {
    TensorsByName tensors;
    std::string root;
};

Result<Weights> read_weights(std::span<const ByteView> files) {
    Weights weights;
    for (const ByteView file : files) {
        DURE_TRY(const Safetensors content, read_safetensors(file));
        if (const auto root = content.metadata.find(k_root_key); root != content.metadata.end())
            weights.root = root->second;
        for (const StoredTensor& tensor : content.tensors) {
            if (is_derived(tensor.name)) continue;
            if (!weights.tensors.try_emplace(tensor.name, tensor).second) {
                return Error{ErrorCode::malformed,
                             "two shards hold a tensor of the same name: " + quote(tensor.name)};
            }
        }
    }
    return weights;
}

/// That the layout's tensors are all there, as it needs them. Before any memory is taken for them.
Status check_tensors(const ParameterLayout& layout, const TensorsByName& tensors) {
    std::string missing;
    std::size_t missing_count = 0;
    for (const Tensor& tensor : layout.tensors) {
        const auto found = tensors.find(tensor.name);
        if (found == tensors.end()) {
            if (++missing_count <= k_named_at_most) missing += (missing.empty() ? "" : ", ") + tensor.name;
            continue;
        }
        const StoredTensor& given = found->second;
        if (given.shape != shape_of(tensor)) {
            return Error{ErrorCode::invalid, tensor.name + " has the shape " + text_of(given.shape) +
                                                 ", but by config.json it has " + text_of(shape_of(tensor))};
        }
        if (!is_float(given.dtype)) {
            return Error{ErrorCode::invalid, tensor.name + " is stored as " + name_of(given.dtype) +
                                                 "; F32, F16 and BF16 are read, so convert it"};
        }
    }
    if (missing_count == 0) return {};
    if (missing_count > k_named_at_most)
        missing += " and " + std::to_string(missing_count - k_named_at_most) + " more";
    const bool head_only = missing == k_head_name;
    return Error{ErrorCode::not_found,
                 "the weights lack " + missing +
                     (head_only ? "; if the head is the embedding, set tie_word_embeddings in config.json"
                                : "; take all shards of a model in Llama's naming")};
}

/// Takes the layout's tensors out of `tensors`.
Result<std::vector<float>> take_parameters(const ParameterLayout& layout, TensorsByName& tensors) {
    DURE_CHECK(check_tensors(layout, tensors));
    std::vector<float> values(static_cast<std::size_t>(layout.count));
    for (const Tensor& tensor : layout.tensors) {
        const auto found = tensors.find(tensor.name);
        const auto part = std::span(values).subspan(static_cast<std::size_t>(tensor.offset),
                                                    static_cast<std::size_t>(tensor.size()));
        to_floats(found->second.data, found->second.dtype, part);
        const auto bad = std::find_if_not(part.begin(), part.end(), is_finite);
        if (bad != part.end()) {
            return Error{ErrorCode::invalid,
                         tensor.name + "'s number " + std::to_string(bad - part.begin()) + " is not finite"};
        }
        tensors.erase(found);
    }
    return values;
}

/// A tied model's file may repeat the embedding as its head.
Status check_leftovers(const ModelConfig& config, const ParameterLayout& layout,
                       std::span<const float> parameters, TensorsByName& tensors) {
    const auto head = tensors.find(k_head_name);
    if (config.tied && head != tensors.end()) {
        const StoredTensor& given = head->second;
        const Tensor& embedding = layout.tensors.front();
        const bool readable = is_float(given.dtype) && given.shape == shape_of(embedding);
        std::vector<float> values(readable ? static_cast<std::size_t>(embedding.size()) : 0);
        if (readable) to_floats(given.data, given.dtype, values);
        if (!readable || !std::equal(values.begin(), values.end(), parameters.begin() + embedding.offset)) {
            return Error{ErrorCode::invalid,
                         "config.json says tie_word_embeddings, but lm_head.weight is not the embedding"};
        }
        tensors.erase(head);
    }
    if (tensors.empty()) return {};
    return Error{ErrorCode::invalid, "the model has no place for " + std::to_string(tensors.size()) +
                                         " of the file's tensors, the first of them " +
                                         quote(tensors.begin()->first, k_max_tensor_name_bytes)};
}

Result<std::vector<float>> read_momentum(ByteView file, const ParameterLayout& layout,
                                         const std::string& root) {
    const std::string name = k_momentum_name;
    const ByteView files[] = {file};
    Result<Weights> read = read_weights(files);
    if (!read) return with_context(read.error(), name);
    if (root.empty() || read->root != root) {
        return Error{ErrorCode::corrupt,
                     name +
                         " belongs to other weights than these; remove it, and the momentum "
                         "starts at zero"};
    }
    Result<std::vector<float>> values = take_parameters(layout, read->tensors);
    if (!values) return with_context(values.error(), name);
    if (!read->tensors.empty())
        return Error{ErrorCode::invalid, name + " holds tensors that the model does not have"};
    return std::move(*values);
}

}  // namespace

ExportedModel export_model(const Checkpoint& checkpoint) {
    const ParameterLayout layout = make_layout(checkpoint.config);
    const std::map<std::string, std::string> metadata{{"format", "pt"},
                                                      {k_root_key, checkpoint.root().hex()}};
    ExportedModel model;
    model.config = llama_config_text(checkpoint.config);
    model.weights = stored(layout, checkpoint.parameters, metadata);
    const auto& momentum = checkpoint.outer_momentum;
    if (!std::all_of(momentum.begin(), momentum.end(), is_positive_zero))
        model.outer_momentum = stored(layout, momentum, metadata);
    return model;
}

Result<Checkpoint> import_model(const ModelToImport& model, const ImportOptions& options) {
    Checkpoint checkpoint;
    DURE_TRY(checkpoint.config, read_llama_config(model.config, options));
    DURE_TRY(Weights weights, read_weights(model.weights));
    const ParameterLayout layout = make_layout(checkpoint.config);
    DURE_TRY(checkpoint.parameters, take_parameters(layout, weights.tensors));
    DURE_CHECK(check_leftovers(checkpoint.config, layout, checkpoint.parameters, weights.tensors));
    if (model.outer_momentum.empty()) {
        checkpoint.outer_momentum.assign(checkpoint.parameters.size(), 0.0F);
    } else {
        DURE_TRY(checkpoint.outer_momentum, read_momentum(model.outer_momentum, layout, weights.root));
    }
    // An export that is taken with other positions is meant to be another checkpoint.
    const bool as_it_was = options.max_sequence == 0;
    if (!weights.root.empty() && as_it_was && checkpoint.root().hex() != weights.root) {
        return Error{
            ErrorCode::corrupt,
            "these files do not make the checkpoint " + quote(weights.root) +
                " that they were exported from: one of them was changed or is missing; export it anew, "
                "or save the weights without the metadata dure.root if the change is meant"};
    }
    return checkpoint;
}

Result<std::vector<std::string>> shard_names(std::string_view index) {
    const std::string what = k_weights_index_name;
    if (index.size() > k_max_weights_index_bytes)
        return Error{ErrorCode::malformed, what + " is larger than 16 MiB"};
    DURE_TRY(const json::value parsed, parse_json(index, what));
    const json::value* const map =
        parsed.is_object() ? parsed.get_object().if_contains("weight_map") : nullptr;
    if (map == nullptr || !map->is_object())
        return Error{ErrorCode::malformed, what + " has no object weight_map"};
    std::set<std::string> names;
    for (const auto& [tensor, file] : map->get_object()) {
        if (!file.is_string())
            return Error{ErrorCode::malformed, what + ": the file of " + quote(tensor) + " is no text"};
        names.emplace(std::string_view(file.get_string()));
    }
    if (names.empty() || names.size() > k_max_shards) {
        return Error{ErrorCode::malformed, what + " names " + std::to_string(names.size()) + " files; 1 to " +
                                               std::to_string(k_max_shards) + " are read"};
    }
    for (const std::string& name : names) {
        const bool ends = name.size() > k_shard_ending.size() && name.ends_with(k_shard_ending);
        const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                   c == '_' || c == '.';
        });
        if (!ends || !plain || name.front() == '.' || name.size() > k_max_shard_name_bytes) {
            return Error{ErrorCode::malformed,
                         what + " names the file " + quote(name) + ", which is no plain .safetensors name"};
        }
    }
    return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace dure::trainer
