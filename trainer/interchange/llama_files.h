// A checkpoint as the files that other tools open: model.safetensors and config.json in Llama's naming, and
// back. The tokenizer's tokenizer.model is the third; its bytes are the same on both sides.
//
// Promises: what was exported and not changed comes back bit for bit, outer momentum included: the root
// is written beside the weights and checked. A foreign model's parameters are taken as they are (F32) or
// widened exactly (F16, BF16). Not here: files on a disk.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "trainer/interchange/llama_config.h"
#include "trainer/rounds/checkpoint.h"

namespace dure::trainer {

// What the files are called.
inline constexpr const char* k_config_name = "config.json";
inline constexpr const char* k_weights_name = "model.safetensors";
inline constexpr const char* k_weights_index_name = "model.safetensors.index.json";
inline constexpr const char* k_momentum_name = "outer_momentum.safetensors";
inline constexpr const char* k_tokenizer_name = "tokenizer.model";

inline constexpr std::size_t k_max_weights_index_bytes = std::size_t{16} << 20;
inline constexpr std::size_t k_max_shards = 1024;

struct ExportedModel {
    std::string config;
    Bytes weights;
    Bytes outer_momentum;  ///< empty where every momentum is +0: then there is no such file
};

/// Needs a valid checkpoint.
ExportedModel export_model(const Checkpoint& checkpoint);

struct ModelToImport {
    std::string_view config;
    std::vector<ByteView> weights;  ///< one file, or all shards
    ByteView outer_momentum;        ///< empty: none, momentum starts at zero
};

/// Errors: those of read_llama_config and read_safetensors; `not_found` for missing tensors, `invalid` for
/// ones that the model does not have, of another shape or kind, or with numbers that are not finite;
/// `corrupt` where files of an export do not make the checkpoint that they were made from.
Result<Checkpoint> import_model(const ModelToImport& model, const ImportOptions& options = {});

/// The file names that a model.safetensors.index.json speaks of, each once, in their order. Errors:
/// `malformed`; also for names with a path in them.
Result<std::vector<std::string>> shard_names(std::string_view index);

}  // namespace dure::trainer
