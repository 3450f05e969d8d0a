// A node's folder as `dure init` and the devnet make it: configuration, key, genesis and the blobs that
// genesis names.
#pragma once

#include <filesystem>
#include <string>

#include "base/key_file.h"
#include "ledger/records/genesis.h"
#include "node/config.h"
#include "tools/dure/new_chain.h"

namespace dure::tools {

struct NodeFolder {
    node::NodeConfig config;  ///< config.data_dir is the folder
    KeyFile key;
    ledger::Genesis genesis;
    const NewModel* model =
        nullptr;              ///< the founding blobs, if they are at hand; others fetch them from peers
    std::string config_text;  ///< what config.toml shall say; empty: what differs from the defaults
};

/// Errors: `duplicate` if there is a node in the folder already, `io`.
Status make_node_folder(const NodeFolder& node);
/// Writes config.toml anew.
Status write_config(const node::NodeConfig& config);

/// Errors: `not_found`, `malformed`, `invalid`.
Result<ledger::Genesis> read_genesis(const std::filesystem::path& file);

}  // namespace dure::tools
