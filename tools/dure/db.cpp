// dure db: looks after what a node keeps on disk. The node must not be running.
#include <iostream>
#include <memory>

#include "node/chain/store_check.h"
#include "node/node_files.h"
#include "tools/dure/commands.h"
#include "tools/dure/node_folder.h"
#include "tools/dure/output.h"
#include "tools/dure/stored_state.h"

namespace dure::tools {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

struct CheckOptions {
    std::string data;
    node::StoreCheckOptions check;
};

json::object described(const node::StoreFinding& finding) {
    json::object what{{"check", finding.what}, {"ok", !finding.error}};
    what["detail"] = finding.error ? finding.error->message : finding.detail;
    return what;
}

Status run_check(const CheckOptions& options, bool as_json) {
    DURE_TRY(const fs::path chain, chain_directory(options.data));
    DURE_TRY(const ledger::Genesis genesis, read_genesis(fs::path(options.data) / node::k_genesis_file));
    const auto told = [&](const node::StoreFinding& finding) {
        if (as_json) return;
        std::cout << (finding.error ? "WRONG  " : "ok     ") << finding.what << ": "
                  << (finding.error ? finding.error->message : finding.detail) << std::endl;
    };
    DURE_TRY(const auto findings, node::check_store(genesis, chain, options.check, told));
    std::size_t wrong = 0;
    json::array list;
    for (const node::StoreFinding& finding : findings) {
        wrong += finding.error ? 1U : 0U;
        list.push_back(described(finding));
    }
    if (as_json) std::cout << pretty(json::object{{"items", std::move(list)}});
    if (wrong == 0) return {};
    return Error{ErrorCode::corrupt,
                 std::to_string(wrong) + " of " + std::to_string(findings.size()) + " checks did not hold"};
}

void add_check(Program& program, CLI::App& parent) {
    const auto options = std::make_shared<CheckOptions>();
    CLI::App& command = program.command(
        &parent, "check", "hold everything that a node has stored against the rules",
        {"dure db check --data ~/.dure/node", "dure db check --data ~/.dure/node --replay --json"},
        "Reads every block and every finalization, every byte of the state, counts every invariant from all "
        "records,\n"
        "rebuilds the tree and compares its root with the chain's. Says what is wrong and what to do.");
    command.add_option("--data", options->data, "the node's folder")->required()->type_name("FOLDER");
    command.add_flag("--replay", options->check.replay, "execute every block again, too");
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return run_check(*options, shared.json); });
}

std::uint64_t bytes_in(const fs::path& folder) {
    std::uint64_t bytes = 0;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        if (entry.is_regular_file(error)) bytes += entry.file_size(error);
    }
    return bytes;
}

Status run_compact(const std::string& data, bool as_json) {
    std::uint64_t before = 0;
    fs::path state;
    {
        DURE_TRY(const StoredState stored, open_stored_state(data));
        state = stored.chain / "state";
        before = bytes_in(state);
        DURE_CHECK(stored.store->compact());
    }
    const std::uint64_t after = bytes_in(state);
    if (as_json) {
        std::cout << pretty(json::object{{"bytes_before", before}, {"bytes_after", after}});
    } else {
        std::cout << state.string() << ": " << before << " bytes before, " << after << " after\n";
    }
    return {};
}

void add_compact(Program& program, CLI::App& parent) {
    const auto data = std::make_shared<std::string>();
    CLI::App& command =
        program.command(&parent, "compact", "write a node's state anew without what was replaced",
                        {"dure db compact --data ~/.dure/node"},
                        "RocksDB does this by itself as it goes; by hand it is worth it before a backup, or "
                        "when space is short.");
    command.add_option("--data", *data, "the node's folder")->required()->type_name("FOLDER");
    const SharedOptions& shared = program.options();
    program.action(command, [data, &shared] { return run_compact(*data, shared.json); });
}

}  // namespace

void add_db(Program& program) {
    CLI::App& db = program.command(nullptr, "db", "look after what a node has on disk: check, compact",
                                   {"dure db check --data ~/.dure/node"});
    db.require_subcommand(1);
    add_check(program, db);
    add_compact(program, db);
}

}  // namespace dure::tools
