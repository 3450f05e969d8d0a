// Models on disk: a checkpoint file (the bytes of the blob that the chain names), or a folder in the layout
// that other tools open (config.json, model.safetensors or its shards, tokenizer.model) or that `dure train`
// leaves (checkpoint.bin, tokenizer.model).
#pragma once

#include <filesystem>

#include "base/bytes.h"
#include "base/result.h"
#include "trainer/interchange/llama_config.h"
#include "trainer/rounds/checkpoint.h"

namespace dure::tools {

struct Model {
    trainer::Checkpoint checkpoint;
    Bytes tokenizer;  ///< a SentencePiece model; empty: none at hand
};

/// A folder or a checkpoint file; the options are for folders. The vocabulary in use is the tokenizer's, if
/// there is one and config.json does not say. Errors: `not_found`, with the file that is missing; `malformed`,
/// `invalid`, `out_of_range`, `corrupt` as trainer/interchange, with the folder.
Result<Model> read_model(const std::filesystem::path& path, const trainer::ImportOptions& options = {});

/// read_model together with the tokenizer that belongs to it: the file `tokenizer` if it is not empty, else the
/// one in the folder or beside the checkpoint file. Errors: those of read_model; `not_found` without a tokenizer,
/// `invalid` if its ids are not the model's, `malformed` if it is none.
Result<Model> read_model_with_tokenizer(const std::filesystem::path& path,
                                        const std::filesystem::path& tokenizer = {});

/// Errors: `duplicate` if a model is there already, `io`.
Status write_model_folder(const std::filesystem::path& folder, const Model& model);
/// Errors: `duplicate` if the file is there already, `io`.
Status write_checkpoint_file(const std::filesystem::path& file, const trainer::Checkpoint& checkpoint);

}  // namespace dure::tools
