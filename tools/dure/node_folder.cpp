#include "tools/dure/node_folder.h"

#include "base/codec.h"
#include "node/blobs/blob_store.h"
#include "node/node_files.h"
#include "tools/dure/run_node.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t k_max_genesis_bytes = std::size_t{16} << 20;

}  // namespace

Status make_node_folder(const NodeFolder& node) {
    const fs::path& folder = node.config.data_dir;
    std::error_code error;
    if (fs::exists(folder / k_config_file, error)) {
        return Error{ErrorCode::duplicate, folder.string() +
                                               " is a node's folder already; run it with: dure node --data " +
                                               folder.string()};
    }
    fs::create_directories(folder, error);
    if (error) return Error{ErrorCode::io, "cannot make " + folder.string() + ": " + error.message()};
    DURE_CHECK(write_private_file(folder / node::k_node_key_file, key_file_to_text(node.key)));
    const Bytes genesis = encode(node.genesis);
    DURE_CHECK(replace_private_file(folder / node::k_genesis_file, as_text(genesis)));
    if (node.model != nullptr) {
        DURE_TRY(const std::unique_ptr<node::BlobStore> blobs,
                 node::BlobStore::open(folder / node::k_blobs_folder));
        for (const Bytes* blob : {&node.model->tokenizer, &node.model->checkpoint, &node.model->held_out}) {
            DURE_CHECK(blobs->put(*blob));
        }
    }
    if (!node.config_text.empty()) return replace_private_file(folder / k_config_file, node.config_text);
    return write_config(node.config);
}

Status write_config(const node::NodeConfig& config) {
    return replace_private_file(config.data_dir / k_config_file, node::to_toml(config));
}

Result<ledger::Genesis> read_genesis(const fs::path& file) {
    DURE_TRY(const std::string bytes, read_file(file, k_max_genesis_bytes));
    auto genesis = decode<ledger::Genesis>(as_bytes(bytes));
    if (!genesis) return with_context(genesis.error(), file.string() + " is not a genesis file");
    if (const Status status = genesis->check(); !status) return with_context(status.error(), file.string());
    return genesis;
}

}  // namespace dure::tools
