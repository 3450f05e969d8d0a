#include "tools/dure/model_folder.h"

#include <fstream>
#include <vector>

#include "tools/dure/model_files.h"
#include "tools/dure/wallet.h"
#include "trainer/interchange/llama_files.h"
#include "trainer/text/tokenizer.h"

namespace dure::tools {

namespace fs = std::filesystem;

namespace {

/// Weights of the largest model as floats, with some room for headers.
constexpr std::size_t k_max_weights_bytes = std::size_t{1} << 30;

bool is_there(const fs::path& file) {
    std::error_code error;
    return fs::exists(file, error);
}

Status write_new_file(const fs::path& file, ByteView bytes) {
    if (is_there(file))
        return Error{ErrorCode::duplicate, file.string() + " is there already; name another place"};
    std::ofstream stream(file, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    stream.close();
    if (!stream) return Error{ErrorCode::io, "cannot write " + file.string()};
    return {};
}

/// The names of the files with the weights.
Result<std::vector<std::string>> weight_files(const fs::path& folder) {
    if (is_there(folder / trainer::k_weights_name)) return std::vector<std::string>{trainer::k_weights_name};
    const fs::path index = folder / trainer::k_weights_index_name;
    if (!is_there(index)) {
        return Error{ErrorCode::not_found,
                     folder.string() +
                         " has neither model.safetensors nor model.safetensors.index.json; other "
                         "formats (such as pytorch_model.bin) must be converted first"};
    }
    DURE_TRY(const std::string text, read_file(index, trainer::k_max_weights_index_bytes));
    return trainer::shard_names(text);
}

/// The bytes of an optional file; none if it is not there.
Result<std::string> read_optional(const fs::path& file, std::size_t max_bytes) {
    if (!is_there(file)) return std::string();
    return read_file(file, max_bytes);
}

Result<std::uint32_t> pieces_of(const Bytes& tokenizer, const fs::path& file) {
    const auto loaded = trainer::Tokenizer::load(tokenizer);
    if (!loaded) return with_context(loaded.error(), file.string());
    return loaded->size();
}

Result<Model> read_folder(const fs::path& folder, trainer::ImportOptions options) {
    Model model;
    DURE_TRY(const std::string config,
             read_file(folder / trainer::k_config_name, trainer::k_max_llama_config_bytes));
    DURE_TRY(const std::string tokenizer,
             read_optional(folder / trainer::k_tokenizer_name, trainer::k_max_tokenizer_bytes));
    model.tokenizer = to_bytes(as_bytes(tokenizer));
    if (!tokenizer.empty() && options.active_vocab == 0) {
        DURE_TRY(options.active_vocab, pieces_of(model.tokenizer, trainer::k_tokenizer_name));
    }
    DURE_TRY(const std::vector<std::string> names, weight_files(folder));
    std::vector<std::string> files;
    std::size_t total = 0;
    for (const std::string& name : names) {
        DURE_TRY(std::string file, read_file(folder / name, k_max_weights_bytes - total));
        total += file.size();
        files.push_back(std::move(file));
    }
    DURE_TRY(const std::string momentum,
             read_optional(folder / trainer::k_momentum_name, k_max_weights_bytes));
    trainer::ModelToImport parts{config, {}, as_bytes(momentum)};
    for (const std::string& file : files)
        parts.weights.push_back(as_bytes(file));
    DURE_TRY(model.checkpoint, trainer::import_model(parts, options));
    return model;
}

/// As `dure train` leaves it.
Result<Model> read_trained(const fs::path& folder) {
    Model model;
    DURE_TRY(model.checkpoint, read_checkpoint(folder / k_checkpoint_file));
    DURE_TRY(const std::string tokenizer,
             read_optional(folder / k_tokenizer_file, trainer::k_max_tokenizer_bytes));
    model.tokenizer = to_bytes(as_bytes(tokenizer));
    return model;
}

}  // namespace

Result<Model> read_model(const fs::path& path, const trainer::ImportOptions& options) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
        Model model;
        DURE_TRY(model.checkpoint, read_checkpoint(path));
        return model;
    }
    if (is_there(path / k_checkpoint_file) && !is_there(path / trainer::k_config_name))
        return read_trained(path);
    Result<Model> model = read_folder(path, options);
    if (!model) return with_context(model.error(), path.string());
    return model;
}

Result<Model> read_model_with_tokenizer(const fs::path& path, const fs::path& tokenizer) {
    Model model;
    if (tokenizer.empty()) {
        DURE_TRY(model, read_model(path));
        std::error_code error;
        if (model.tokenizer.empty()) {
            const fs::path folder = fs::is_directory(path, error) ? path : path.parent_path();
            DURE_TRY(model.tokenizer, read_tokenizer_bytes(folder / k_tokenizer_file));
        }
    } else {
        DURE_TRY(Bytes bytes, read_tokenizer_bytes(tokenizer));
        trainer::ImportOptions options;
        DURE_TRY(options.active_vocab, pieces_of(bytes, tokenizer));
        DURE_TRY(model, read_model(path, options));
        model.tokenizer = std::move(bytes);
    }
    const auto loaded = trainer::Tokenizer::load(model.tokenizer);
    if (!loaded) return with_context(loaded.error(), "the tokenizer of " + path.string());
    DURE_CHECK(check_match(model.checkpoint, *loaded));
    return model;
}

Status write_model_folder(const fs::path& folder, const Model& model) {
    for (const char* const name :
         {trainer::k_config_name, trainer::k_weights_name, trainer::k_weights_index_name,
          trainer::k_momentum_name, trainer::k_tokenizer_name}) {
        if (is_there(folder / name)) {
            return Error{ErrorCode::duplicate,
                         folder.string() + " holds a model already (" + name + "); name another folder"};
        }
    }
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return Error{ErrorCode::io, "cannot make " + folder.string() + ": " + error.message()};
    const trainer::ExportedModel files = trainer::export_model(model.checkpoint);
    DURE_CHECK(write_new_file(folder / trainer::k_weights_name, files.weights));
    if (!files.outer_momentum.empty())
        DURE_CHECK(write_new_file(folder / trainer::k_momentum_name, files.outer_momentum));
    if (!model.tokenizer.empty())
        DURE_CHECK(write_new_file(folder / trainer::k_tokenizer_name, model.tokenizer));
    return write_new_file(folder / trainer::k_config_name, as_bytes(files.config));
}

Status write_checkpoint_file(const fs::path& file, const trainer::Checkpoint& checkpoint) {
    return write_new_file(file, checkpoint.encode());
}

}  // namespace dure::tools
