// dure import-state: lets a node begin from a snapshot instead of from genesis.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <iostream>
#include <memory>

#include "node/chain/snapshot.h"
#include "node/node_files.h"
#include "tools/dure/commands.h"
#include "tools/dure/node_folder.h"
#include "tools/dure/output.h"

namespace dure::tools {

namespace {

namespace fs = std::filesystem;

struct ImportStateOptions {
    std::string file;
    std::string data;
};

Status import_state(const ImportStateOptions& options, bool as_json) {
    const fs::path folder = options.data;
    // What opening a chain tells goes where it is not taken for the answer.
    if (spdlog::get("import-state") == nullptr)
        spdlog::set_default_logger(spdlog::stderr_color_mt("import-state"));
    DURE_TRY(const ledger::Genesis genesis, read_genesis(folder / node::k_genesis_file));
    DURE_TRY(const node::ImportedSnapshot imported,
             node::import_snapshot(genesis, folder / node::k_chain_folder, options.file));
    const node::StateManifest& manifest = imported.manifest;
    if (as_json) {
        std::cout << pretty(boost::json::object{{"chain_id", manifest.chain_id.hex()},
                                                {"height", imported.height.value},
                                                {"epoch", imported.epoch.value},
                                                {"state_height", manifest.height.value},
                                                {"state_root", manifest.state_root.hex()},
                                                {"entries", manifest.entries}});
        return {};
    }
    std::cout << "The state after block " << manifest.height.value << " (" << manifest.entries
              << " entries) is the chain's, proven from genesis.\nThe node in " << options.data
              << " stands at height " << imported.height.value << ", in epoch " << imported.epoch.value
              << "; it fetches what came after from its peers:\n\n    dure node --data " << options.data
              << '\n';
    return {};
}

}  // namespace

void add_import_state(Program& program) {
    const auto options = std::make_shared<ImportStateOptions>();
    CLI::App& command = program.command(
        nullptr, "import-state", "let a node begin from a snapshot, without executing every block before it",
        {"dure import-state state.dure --data ~/.dure/node"},
        "The file is what `dure export-state` wrote on another node. Nothing in it is believed: finality is "
        "followed from\n"
        "genesis through every epoch to the block that names the state's root, and the root is computed "
        "anew.\n"
        "The node must not be running, and have no blocks yet.");
    command.add_option("file", options->file, "the file to read")->required();
    command.add_option("--data", options->data, "the node's folder")->required()->type_name("FOLDER");
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return import_state(*options, shared.json); });
}

}  // namespace dure::tools
