#include "tools/dure/stored_state.h"

#include "node/node_files.h"
#include "tools/dure/node_folder.h"

namespace dure::tools {

namespace fs = std::filesystem;

Result<fs::path> chain_directory(const fs::path& folder) {
    const fs::path chain = folder / node::k_chain_folder;
    std::error_code error;
    if (fs::is_directory(chain, error)) return chain;
    return Error{ErrorCode::not_found,
                 folder.string() + " is no folder of a node that has run; name the one with config.toml"};
}

Result<StoredState> open_stored_state(const fs::path& folder) {
    StoredState stored;
    DURE_TRY(stored.chain, chain_directory(folder));
    DURE_TRY(stored.genesis, read_genesis(folder / node::k_genesis_file));
    auto lock = node::DirectoryLock::take(stored.chain);
    if (!lock) return with_context(lock.error(), "stop the node first");
    stored.lock = std::move(*lock);
    DURE_TRY(stored.store, node::StateStore::open(stored.chain / "state"));
    return stored;
}

}  // namespace dure::tools
