// config.json of a Llama model, as Hugging Face's transformers writes and reads it, to a ModelConfig and back.
//
// Promises: a valid ModelConfig comes back equal; what a file asks for and this trainer does not compute is an
// error that names the field, never left out silently. Not here: the parameters (llama_files.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "trainer/model/config.h"

namespace dure::trainer {

inline constexpr std::size_t k_max_llama_config_bytes = std::size_t{1} << 20;

struct ImportOptions {
    std::uint32_t max_sequence = 0;  ///< positions, fewer than the file says; 0: as many
    std::uint32_t active_vocab = 0;  ///< rows in use, where the file does not say; 0: all
};

/// Needs a valid config.
std::string llama_config_text(const ModelConfig& config);

/// Absent fields take the defaults of transformers' LlamaConfig. Errors: `malformed`, `not_found` for a field
/// without which there is no model, `invalid` for what is not supported, `out_of_range` as
/// ModelConfig::validate.
Result<ModelConfig> read_llama_config(std::string_view text, const ImportOptions& options = {});

}  // namespace dure::trainer
