// dure export-state: a stopped node's whole state in one portable file, with the proof that it is the chain's.
#include <iostream>
#include <memory>

#include "ledger/records/genesis.h"
#include "node/chain/recovery.h"
#include "node/chain/snapshot.h"
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
    const Hash genesis_block = protocol::block_hash(ledger::genesis_block(stored.genesis));
    DURE_TRY(const auto log, node::BlockLog::open(stored.chain / node::k_block_log_name,
                                                  stored.genesis.chain_id(), genesis_block));
    const auto proof = node::prove_snapshot(*stored.store, log.log, stored.genesis);
    // The state is worth having without it, too: on a node that deleted the blocks that ended the epochs.
    const bool has_none =
        !proof && (proof.error().code == ErrorCode::not_found || proof.error().code == ErrorCode::expired);
    if (!proof && !has_none) return proof.error();
    DURE_TRY(const node::StateManifest manifest,
             node::write_state_file(options.file, *stored.store, stored.genesis.chain_id(),
                                    proof ? node::snapshot_records(*proof) : std::vector<Bytes>{}));
    const boost::json::object what{{"chain_id", manifest.chain_id.hex()},
                                   {"height", manifest.height.value},
                                   {"block", manifest.block.hex()},
                                   {"state_root", manifest.state_root.hex()},
                                   {"entries", manifest.entries},
                                   {"chunks", manifest.chunks.size()},
                                   {"manifest", manifest.hash().hex()},
                                   {"proof", proof ? "from genesis" : "none: " + proof.error().message}};
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
        "Who owns what, down to the last bit, at the height that the node's store stands at; the same height "
        "gives the\n"
        "same state, byte by byte, on every node. After it comes the proof, from genesis on, that it is the "
        "chain's:\n"
        "another node begins there with `dure import-state`. docs/operating/storage.md has the format.");
    command.add_option("file", options->file, "the file to write")->required();
    command.add_option("--data", options->data, "the node's folder")->required()->type_name("FOLDER");
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return export_state(*options, shared.json); });
}

}  // namespace dure::tools
