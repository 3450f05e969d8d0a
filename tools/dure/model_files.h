// A model in files: a checkpoint and its tokenizer.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "trainer/rounds/checkpoint.h"
#include "trainer/text/tokenizer.h"

namespace dure::tools {

inline constexpr const char* k_checkpoint_file = "checkpoint.bin";
inline constexpr const char* k_tokenizer_file = "tokenizer.model";

/// Errors: `not_found`, and those of Checkpoint::decode with the file's name.
Result<trainer::Checkpoint> read_checkpoint(const std::filesystem::path& file);

/// Errors: `not_found`, `out_of_range` for a file that is too large.
Result<Bytes> read_tokenizer_bytes(const std::filesystem::path& file);

/// Errors: `invalid` if the tokenizer's ids are not those of the model.
Status check_match(const trainer::Checkpoint& checkpoint, const trainer::Tokenizer& tokenizer);

}  // namespace dure::tools
