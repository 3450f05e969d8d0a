#include "tools/dure/model_files.h"

#include <string>

#include "tools/dure/wallet.h"

namespace dure::tools {

namespace fs = std::filesystem;

namespace {

// The header, parameters and momentum of the largest model.
constexpr std::size_t k_max_checkpoint_bytes = (std::size_t{1} << 30) + (std::size_t{1} << 20);

}  // namespace

Result<trainer::Checkpoint> read_checkpoint(const fs::path& file) {
    DURE_TRY(const std::string bytes, read_file(file, k_max_checkpoint_bytes));
    auto checkpoint = trainer::Checkpoint::decode(as_bytes(bytes));
    if (!checkpoint) return with_context(checkpoint.error(), file.string());
    return checkpoint;
}

Result<Bytes> read_tokenizer_bytes(const fs::path& file) {
    DURE_TRY(const std::string bytes, read_file(file, trainer::k_max_tokenizer_bytes));
    return to_bytes(as_bytes(bytes));
}

Status check_match(const trainer::Checkpoint& checkpoint, const trainer::Tokenizer& tokenizer) {
    if (tokenizer.size() == checkpoint.config.active_vocab) return {};
    return Error{ErrorCode::invalid, "the tokenizer has " + std::to_string(tokenizer.size()) +
                                         " pieces, but the checkpoint's model " +
                                         std::to_string(checkpoint.config.active_vocab) +
                                         "; give the tokenizer that it was trained with"};
}

}  // namespace dure::tools
