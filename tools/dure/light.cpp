// dure light: which blocks are final, by the validators' signatures alone, and which node lied about it.
#include "tools/dure/light.h"

#include <iostream>
#include <memory>
#include <optional>

#include "tools/dure/api.h"
#include "tools/dure/commands.h"
#include "tools/dure/light_follower.h"
#include "tools/dure/output.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

struct LightOptions {
    std::vector<std::string> nodes;
    std::string genesis;
    std::string file;
};

/// What came of asking one node.
struct Shown {
    std::string url;
    std::optional<NewestFinal> newest;
    Error error;  ///< if not
};

/// By what `known` knows; `furthest` becomes what this node could prove, if that leads further.
Shown ask_one(const std::string& url, const protocol::LightClient& known, protocol::LightClient& furthest) {
    Shown shown{.url = url, .newest = {}, .error = {}};
    Result<Api> api = Api::open(url);
    if (!api) {
        shown.error = api.error();
        return shown;
    }
    // Each by itself: one that is behind another is no liar.
    protocol::LightClient client = known;
    const Account anybody = known.progress().validators.validators[0].key;
    const AskNode ask = [&](std::string_view target) { return api->get(target); };
    auto newest = ask_newest(client, ask, anybody);
    if (client.progress().epoch > furthest.progress().epoch) furthest = client;
    if (newest) {
        shown.newest = std::move(*newest);
    } else {
        shown.error = newest.error();
    }
    return shown;
}

json::object to_json(const Shown& shown) {
    json::object object{{"node", shown.url}};
    if (shown.newest) {
        const protocol::Header& header = shown.newest->header;
        object["final"] = true;
        object["epoch"] = header.epoch.value;
        object["height"] = header.height.value;
        object["block"] = block_hash(header).hex();
        object["state_root"] = header.state_root.hex();
    } else {
        object["final"] = false;
        object["lied"] = is_lie(shown.error);
        object["error"] = shown.error.message;
    }
    return object;
}

/// Two final blocks at one height: both are signed by more than two thirds.
const Shown* contradicting(const std::vector<Shown>& all, const Shown& one) {
    for (const Shown& other : all) {
        if (!other.newest || !one.newest) continue;
        const protocol::Header& a = one.newest->header;
        const protocol::Header& b = other.newest->header;
        if (a.height == b.height && a != b) return &other;
    }
    return nullptr;
}

Status light(const LightOptions& options, const SharedOptions& shared) {
    const std::filesystem::path file =
        options.file.empty() ? default_light_file(shared) : std::filesystem::path(options.file);
    DURE_TRY(const protocol::LightClient known, open_light_client(file, options.genesis));
    protocol::LightClient client = known;
    std::vector<std::string> nodes = options.nodes;
    if (nodes.empty()) nodes.push_back(shared.node);
    std::vector<Shown> all;
    for (const std::string& url : nodes)
        all.push_back(ask_one(url, known, client));
    DURE_CHECK(keep_progress(client, file));

    Table table({"node", "newest final block", "epoch", "what it showed"});
    json::array rows;
    std::size_t proven = 0;
    bool forked = false;
    for (const Shown& one : all) {
        json::object row = to_json(one);
        if (contradicting(all, one) != nullptr) {
            forked = true;
            row["contradicted"] = true;
        }
        if (one.newest) {
            ++proven;
            table.row({one.url, to_text(one.newest->header.height), to_text(one.newest->header.epoch),
                       "proven final: " + shorten(block_hash(one.newest->header).hex(), 12, 6)});
        } else {
            table.row({one.url, "", "", (is_lie(one.error) ? "LIES: " : "") + one.error.message});
        }
        rows.push_back(std::move(row));
    }
    if (shared.json) {
        std::cout << pretty(json::object{{"chain_id", client.progress().chain_id.hex()},
                                         {"epoch", client.progress().epoch.value},
                                         {"validators", client.progress().validators.validators.size()},
                                         {"forked", forked},
                                         {"nodes", std::move(rows)}});
    } else {
        std::cout << table.text();
    }
    if (forked)
        return Error{ErrorCode::invalid,
                     "two nodes prove different blocks of one height to be final: more than a third of the "
                     "validators' weight signed both. Keep both answers; they convict them"};
    for (const Shown& one : all) {
        if (!one.newest && (proven == 0 || is_lie(one.error))) return with_context(one.error, one.url);
    }
    return {};
}

}  // namespace

std::filesystem::path default_light_file(const SharedOptions& shared) {
    return std::filesystem::path(shared.wallet) / "light.progress";
}

void add_light(Program& program) {
    const auto options = std::make_shared<LightOptions>();
    CLI::App& command = program.command(nullptr, "light", "which blocks are final, believing no node",
                                        {"dure light --genesis genesis.bin",
                                         "dure light --ask http://127.0.0.1:8470 --ask http://10.0.0.7:8470"},
                                        "Follows the chain from genesis's validators through its epochs by "
                                        "their signatures alone,\nand keeps where it has got to in a small "
                                        "file. Asks several nodes if you name several,\nand says which of "
                                        "them lies.");
    command.add_option("--ask", options->nodes, "a node to ask; may be given several times (none: --node's)")
        ->type_name("URL");
    command.add_option("--genesis", options->genesis, "the chain's genesis file: needed the first time")
        ->type_name("FILE");
    command.add_option("--file", options->file, "where to keep what is known (none: in the wallet's folder)")
        ->type_name("FILE");
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return light(*options, shared); });
}

}  // namespace dure::tools
