// dure export-state: a stopped node's whole state in one portable file.
#include <iostream>
#include <memory>

#include "node/storage/state_file.h"
#include "tools/dure/commands.h"
#include "tools/dure/output.h"
#include "tools/dure/stored_state.h"

namespace dure::tools {

namespace {

struct ExportStateOptions {
    std::string file;
    std::string data;
};

Status export_state(const ExportStateOptions& options, bool as_json) {
    DURE_TRY(const StoredState stored, open_stored_state(options.data));
    DURE_TRY(const node::StateManifest manifest,
             node::write_state_file(options.file, *stored.store, stored.genesis.chain_id()));
    const boost::json::object what{
        {"chain_id", manifest.chain_id.hex()}, {"height", manifest.height.value},
        {"block", manifest.block.hex()},       {"state_root", manifest.state_root.hex()},
        {"entries", manifest.entries},         {"chunks", manifest.chunks.size()},
        {"manifest", manifest.hash().hex()}};
    if (as_json) {
        std::cout << pretty(what);
        return {};
    }
    Table table({options.file, ""});
    for (const auto& [name, value] : what)
        table.row({std::string(name),
                   value.is_string() ? std::string(value.as_string()) : boost::json::serialize(value)});
    std::cout << table.text();
    return {};
}

}  // namespace

void add_export_state(Program& program) {
    const auto options = std::make_shared<ExportStateOptions>();
    CLI::App& command = program.command(
        nullptr, "export-state", "write a stopped node's whole state into one file",
        {"dure export-state state.dure --data ~/.dure/node"},
        "Who owns what, down to the last bit, at the height that the node's store stands at. The same height "
        "gives the\n"
        "same bytes on every node; docs/operating/storage.md has the format. The state's root is in the "
        "header of "
        "the\n"
        "block after that height, so anybody can check the file against the chain.");
    command.add_option("file", options->file, "the file to write")->required();
    command.add_option("--data", options->data, "the node's folder")->required()->type_name("FOLDER");
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return export_state(*options, shared.json); });
}

}  // namespace dure::tools
