// dure init: a node's folder, for a chain that is there or for a new one.
#include <iostream>
#include <memory>
#include <string>

#include "base/assert.h"
#include "tools/dure/commands.h"
#include "tools/dure/devnet/text.h"
#include "tools/dure/node_folder.h"
#include "tools/dure/output.h"
#include "tools/dure/run_node.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace {

namespace fs = std::filesystem;

struct InitOptions {
    std::string folder;
    std::string genesis;
    std::string new_chain;
    std::string text = "build/text";
    std::vector<std::string> peers;
    std::string api = "127.0.0.1:8470";
    std::string model;
    std::vector<std::string> generations;
    std::uint64_t epoch_blocks = 0;
    trainer::ImportOptions import;
    bool lock = false;
    bool server = false;
};

constexpr Shares k_founder_bond{100 * k_units_per_share};
constexpr Coin k_founder_coins{1'000'000 * k_grain_per_dure};

/// A TOML string. Errors: `malformed` for what no address holds.
Result<std::string> quoted(const std::string& option, const std::string& value) {
    if (value.find_first_of("\"\\\n\r\t") != std::string::npos)
        return Error{ErrorCode::malformed, option + " " + value + " is no address; say HOST:PORT"};
    return "\"" + value + "\"";
}

/// The commented default with the addresses and roles that the options say.
Result<std::string> config_text_for(const InitOptions& options) {
    std::string text(node::default_config_text());
    const auto set = [&text](const std::string& after, const std::string& line, const std::string& by) {
        const std::size_t at = text.find(line, text.find(after));
        DURE_ASSERT(at != std::string::npos);
        text.replace(at, line.size(), by);
    };
    DURE_TRY(const std::string api, quoted("--api", options.api));
    set("[api]", "#listen = \"127.0.0.1:0\"", "listen = " + api);
    std::string list;
    for (const std::string& peer : options.peers) {
        DURE_TRY(const std::string address, quoted("--peer", peer));
        list += (list.empty() ? "" : ", ") + address;
    }
    if (!list.empty()) set("[peers]", "#connect = []", "connect = [" + list + "]");
    if (options.server)
        set("#roles", "#roles = [\"validator\", \"trainer\"]",
            "roles = [\"validator\", \"trainer\", \"server\"]");
    // Told now, and not when the node starts.
    DURE_CHECK(node::parse_config(text, options.folder));
    return text;
}

/// A chain of one validator, this node; its coins and shares are its own.
Result<NodeFolder> found_chain(const InitOptions& options, const SecretKey& key, NewModel& model,
                               bool quiet) {
    DURE_TRY(const DevnetText text, read_devnet_text(options.text));
    std::string training;
    for (const ContributorText& contributor : text.contributors)
        training += contributor.text;
    Model start;
    NewModelOptions model_options;
    if (!options.model.empty()) {
        DURE_TRY(start, read_model(options.model, options.import));
        model_options.start = &start;
    }
    for (const std::string& one : options.generations) {
        DURE_TRY(const NewGeneration generation, generation_from_text(one));
        model_options.generations.push_back(generation);
    }
    DURE_TRY(model, make_model(training, text.held_out, model_options, [&](const std::string& what) {
                 if (!quiet) std::cerr << "dure init: " << what << std::endl;
             }));
    const FoundingNode founder{
        key,
        key.account(),
        k_founder_bond,
        static_cast<std::uint8_t>(ledger::k_role_trainer | (options.server ? ledger::k_role_server : 0)),
        "",
        "",
        node::NodeConfig{}.price_per_input_token,
        node::NodeConfig{}.price_per_output_token};
    NodeFolder node{
        .config = {}, .key = open_key_file(key), .genesis = {}, .model = &model, .config_text = {}};
    DURE_TRY(node.genesis, make_genesis(options.new_chain, founding_parameters(options.epoch_blocks),
                                        model.genesis, {founder}, {{key.account(), k_founder_coins}}));
    return node;
}

Status init(const InitOptions& options, const SharedOptions& shared) {
    if (options.genesis.empty() == options.new_chain.empty()) {
        return Error{ErrorCode::malformed,
                     "say which chain: --genesis FILE joins one, --new-chain NAME founds one"};
    }
    if (!options.generations.empty() && options.new_chain.empty()) {
        return Error{ErrorCode::malformed,
                     "--generation is for a new chain; a chain that is there has its schedule already"};
    }
    if (!options.model.empty() && options.new_chain.empty()) {
        return Error{ErrorCode::malformed,
                     "--model is for a new chain; a chain that is there has a model already"};
    }
    std::error_code error;
    if (fs::exists(fs::path(options.folder) / k_config_file, error)) {
        return Error{
            ErrorCode::duplicate,
            options.folder + " is a node's folder already; run it with: dure node --data " + options.folder};
    }
    DURE_TRY(const std::string config_text, config_text_for(options));
    const SecretKey key = SecretKey::generate();
    NewModel model;
    NodeFolder node{
        .config = {}, .key = open_key_file(key), .genesis = {}, .model = nullptr, .config_text = {}};
    if (options.genesis.empty()) {
        DURE_TRY(node, found_chain(options, key, model, shared.json));
    } else {
        DURE_TRY(node.genesis, read_genesis(options.genesis));
    }
    if (options.lock) {
        DURE_TRY(const std::string password, password_source(shared)("the new node's key"));
        DURE_TRY(node.key, lock_key(key, password));
    }
    node.config.data_dir = fs::absolute(options.folder, error);
    node.config_text = config_text;
    DURE_CHECK(make_node_folder(node));
    if (shared.json) {
        std::cout << pretty(boost::json::object{{"folder", node.config.data_dir.string()},
                                                {"address", key.account().address()},
                                                {"chain_name", std::string(node.genesis.chain_name)},
                                                {"chain_id", node.genesis.chain_id().hex()}});
        return {};
    }
    std::cout << "Made a node's folder in " << options.folder << " for the chain \""
              << std::string(node.genesis.chain_name) << "\" ("
              << shorten(node.genesis.chain_id().hex(), 16, 8) << ")\nnode " << key.account().address()
              << "\nlook through " << options.folder << "/" << k_config_file
              << ", then run it: dure node --data " << options.folder << "\n";
    return {};
}

}  // namespace

void add_init(Program& program) {
    const auto options = std::make_shared<InitOptions>();
    CLI::App& command = program.command(
        nullptr, "init", "make a node's folder: configuration, key, genesis",
        {"dure init ~/.dure/node --genesis genesis.bin --peer 203.0.113.7:8471",
         "dure init /tmp/solo --new-chain solo --text build/text",
         "dure init /tmp/solo --new-chain solo --text build/text --model mymodel"},
        "A node needs the genesis of the chain that it joins; ask whoever runs a node for "
        "genesis.bin (a devnet has one in\n"
        "its folder). --new-chain founds a chain with this node as its only validator. --model "
        "begins it with a trained model\n"
        "in Llama's layout (config.json, model.safetensors, tokenizer.model).");
    command.add_option("folder", options->folder, "the folder to make")->required();
    command.add_option("--genesis", options->genesis, "genesis file of the chain to join")->type_name("FILE");
    command.add_option("--new-chain", options->new_chain, "found a chain of this name")->type_name("NAME");
    command
        .add_option("--text", options->text,
                    "folder of texts that a new chain's tokenizer and hold-out are made of")
        ->capture_default_str();
    command
        .add_option("--peer", options->peers,
                    "a node of that chain to connect to, HOST:PORT; may be given several times")
        ->type_name("ADDRESS")
        ->allow_extra_args(false);
    command.add_option("--api", options->api, "where programs reach the node")
        ->type_name("ADDRESS")
        ->capture_default_str();
    CLI::Option* const model =
        command.add_option("--model", options->model, "folder of the model that a new chain begins with")
            ->type_name("FOLDER");
    command
        .add_option("--max-sequence", options->import.max_sequence,
                    "take so many of that model's positions, fewer than it has")
        ->needs(model);
    command
        .add_option("--generation", options->generations,
                    "let a new chain's model grow when TOKENS have been admitted, e.g. "
                    "1000000:layers=6,ffn=480; may be given several times")
        ->type_name("TOKENS:SHAPE")
        ->allow_extra_args(false);
    command
        .add_option("--epoch-blocks", options->epoch_blocks,
                    "after so many blocks others may become a new chain's validators (0: never)")
        ->capture_default_str()
        ->check(CLI::Range(0, 1'000'000'000));
    command.add_flag("--lock", options->lock,
                     "protect the node's key by a password (then it cannot start unattended)");
    command.add_flag("--server", options->server, "also sell answers");
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return init(*options, shared); });
}

}  // namespace dure::tools
