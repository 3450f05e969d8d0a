// The state that a node which is not running has on disk: what commands with --data read.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "ledger/records/genesis.h"
#include "node/storage/files.h"
#include "node/storage/state_store.h"

namespace dure::tools {

struct StoredState {
    ledger::Genesis genesis;
    std::filesystem::path chain;  ///< the chain's own directory
    node::DirectoryLock lock;
    std::unique_ptr<node::StateStore> store;
};

/// `folder` is the node's own, with its config.toml. Errors: `not_found`, `conflict` (the node is running), those of
/// read_genesis and StateStore::open.
Result<StoredState> open_stored_state(const std::filesystem::path& folder);

/// The chain's directory in a node's folder, if there is one. Errors: `not_found`.
Result<std::filesystem::path> chain_directory(const std::filesystem::path& folder);

}  // namespace dure::tools
