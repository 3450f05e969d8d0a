// Running a node in this process; what `dure node` and test programs with another behaviour share.
#pragma once

#include "node/config.h"
#include "node/roles/roles.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

inline constexpr const char* k_config_file = "config.toml";

/// The node's own key; asks for its password where it has one. Errors: those of node::load_node_key.
Result<SecretKey> unlock_node_key(const node::NodeConfig& config, const PasswordSource& password);

/// Opens, starts and runs it until SIGINT or SIGTERM. Errors: those of Node::open and start.
Status run_node(const node::NodeConfig& config, const SecretKey& key, bool as_json,
                node::RoleHooks hooks = {});

}  // namespace dure::tools
