#include "tools/dure/devnet/layout.h"

#include <array>
#include <boost/json.hpp>
#include <thread>

#include "node/node_files.h"
#include "tools/dure/api.h"
#include "tools/dure/devnet/processes.h"
#include "tools/dure/devnet/text.h"
#include "tools/dure/node_folder.h"
#include "tools/dure/output.h"
#include "tools/dure/run_node.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::size_t k_max_description_bytes = 1 << 20;
constexpr Shares k_bond{100 * k_units_per_share};
constexpr Coin k_node_coins{1'000 * k_grain_per_dure};
constexpr Coin k_contributor_coins{100 * k_grain_per_dure};
constexpr Coin k_customer_coins{1'000 * k_grain_per_dure};
/// Of the text's tokens; what is offered at the start has fewer (devnet.cpp), so the model grows under way.
constexpr std::uint32_t k_growth_percent = 80;
constexpr Coin k_price_per_input_token{10'007};
constexpr Coin k_price_per_output_token{49'999};
/// What the contributors are called, in turn.
constexpr std::array k_contributor_names = {"garam",  "narae", "dasom", "raon", "maru", "byeol",
                                            "sora",   "areum", "jin",   "chan", "kang", "taeo",
                                            "pureum", "hana",  "duri",  "seul"};
static_assert(k_contributor_names.size() >= k_max_contributors);

/// Deadlines that suit four nodes on one machine: long enough for a busy one, short enough to go on without a
/// dead one.
ledger::Parameters devnet_parameters(std::uint64_t epoch_blocks) {
    ledger::Parameters parameters = founding_parameters(epoch_blocks);
    parameters.joining_blocks = 3;
    parameters.round_interval = 12;
    parameters.training_blocks = 100;
    parameters.audit_blocks = 100;
    parameters.attest_blocks = 60;
    parameters.vesting_rounds =
        20;  // what has not vested is at stake: after some rounds units are audited in part
    parameters.show_blocks = 600;
    parameters.scoring_blocks = 100;
    parameters.scoring_open_blocks = 60;
    parameters.channel_close_delay_blocks = 50;
    return parameters;
}

Result<SecretKey> add_key(Wallet& wallet, Devnet& devnet, const std::string& name) {
    const SecretKey key = SecretKey::generate();
    DURE_CHECK(wallet.add(name, open_key_file(key)));
    devnet.names[key.account().address()] = name;
    return key;
}

node::NodeConfig config_of(const Devnet& devnet, const DevnetNode& node, const DevnetOptions& options) {
    node::NodeConfig config;
    config.data_dir = node.folder;
    config.genesis_file = node.folder / node::k_genesis_file;
    config.key_file = node.folder / node::k_node_key_file;
    config.listen = "127.0.0.1:" + std::to_string(node.peer_port);
    config.api_listen = "127.0.0.1:" + std::to_string(node.api_port);
    for (const DevnetNode& other : devnet.nodes) {
        if (other.name != node.name) config.peers.push_back("127.0.0.1:" + std::to_string(other.peer_port));
    }
    config.server = node.server;
    config.price_per_input_token = k_price_per_input_token;
    config.price_per_output_token = k_price_per_output_token;
    config.kernels = options.kernels;
    config.block_interval = std::chrono::milliseconds(options.block_interval_ms);
    config.settle_interval_blocks = 5;
    return config;
}

Status save(const Devnet& devnet, const DevnetOptions& options) {
    json::array nodes;
    for (const DevnetNode& node : devnet.nodes) {
        nodes.push_back({{"name", node.name},
                         {"folder", node.folder.string()},
                         {"address", node.account.address()},
                         {"peer_port", node.peer_port},
                         {"api_port", node.api_port},
                         {"peers", "127.0.0.1:" + std::to_string(node.peer_port)},
                         {"api", node.url()},
                         {"server", node.server}});
    }
    json::array contributors;
    for (const DevnetContributor& contributor : devnet.contributors) {
        contributors.push_back({{"name", contributor.name},
                                {"text", contributor.text.string()},
                                {"source", contributor.source}});
    }
    json::object names;
    for (const auto& [address, name] : devnet.names)
        names[address] = name;
    return replace_private_file(devnet.folder / "devnet.json",
                                pretty(json::object{{"chain_id", devnet.chain_id},
                                                    {"wallet", devnet.wallet().string()},
                                                    {"nodes", std::move(nodes)},
                                                    {"contributors", std::move(contributors)},
                                                    {"names", std::move(names)},
                                                    {"block_interval_ms", options.block_interval_ms},
                                                    {"kernels", options.kernels}}));
}

Status take_ports(DevnetNode& node) {
    DURE_TRY(node.peer_port, free_port());
    do {
        DURE_TRY(node.api_port, free_port());
    } while (node.api_port == node.peer_port);
    return {};
}

}  // namespace

std::string Devnet::name_of(const std::string& address) const {
    const auto found = names.find(address);
    return found == names.end() ? shorten(address, 12) : found->second;
}

bool devnet_exists(const fs::path& folder) {
    std::error_code error;
    return fs::exists(folder / "devnet.json", error);
}

Result<Devnet> make_devnet(const DevnetOptions& options, const SayLine& say) {
    Devnet devnet;
    std::error_code error;
    fs::create_directories(options.folder, error);
    if (error) return Error{ErrorCode::io, "cannot make " + options.folder.string() + ": " + error.message()};
    devnet.folder = fs::canonical(options.folder, error);
    if (!fs::is_empty(devnet.folder, error)) {
        return Error{
            ErrorCode::duplicate,
            devnet.folder.string() + " holds something else than a devnet; give another --dir, or remove it"};
    }
    say("reading the text in " + options.text.string());
    DURE_TRY(const DevnetText text, read_devnet_text(options.text));
    std::string training;
    for (const ContributorText& contributor : text.contributors)
        training += contributor.text;
    say(std::to_string(text.contributors.size()) + " contributors with " + std::to_string(training.size()) +
        " bytes, " + std::to_string(text.held_out.size()) + " bytes held out" +
        (text.left_out_bytes > 0
             ? " (a devnet takes no more; " + std::to_string(text.left_out_bytes) + " bytes left out)"
             : ""));
    NewModelOptions model_options;
    model_options.unit_steps = options.unit_steps;
    model_options.first_growth_percent = k_growth_percent;
    Model start;
    if (!options.model.empty()) {
        DURE_TRY(start, read_model(options.model));
        model_options.start = &start;
    }
    DURE_TRY(const NewModel model, make_model(training, text.held_out, model_options, say));
    say("a model of " + std::to_string(model.parameters) + " parameters, work units of " +
        std::to_string(model.unit_tokens) + " tokens (" +
        std::to_string(static_cast<std::uint64_t>(model.tokens_per_second)) +
        " tokens/s on one core here), held-out loss " + nats(model.genesis.held_out_loss));
    for (std::size_t i = 0; i < model.grown_parameters.size(); ++i) {
        say("it grows to " + std::to_string(model.grown_parameters[i]) + " parameters when " +
            std::to_string(model.genesis.generations[i].admitted_tokens) + " tokens of data are admitted");
    }

    Wallet wallet(devnet.wallet());
    std::vector<ledger::GenesisBalance> balances;
    DURE_TRY(const SecretKey customer, add_key(wallet, devnet, "customer"));
    balances.push_back({customer.account(), k_customer_coins});
    std::vector<FoundingNode> founders;
    for (unsigned i = 0; i < k_devnet_nodes; ++i) {
        DevnetNode node;
        node.name = "node-" + std::to_string(i + 1);
        node.folder = devnet.folder / node.name;
        node.server = i == 0;
        DURE_CHECK(take_ports(node));
        DURE_TRY(const SecretKey owner, add_key(wallet, devnet, node.name));
        DURE_TRY(const SecretKey key, add_key(wallet, devnet, node.name + "-bond"));
        node.account = key.account();
        const auto roles =
            static_cast<std::uint8_t>(ledger::k_role_trainer | (node.server ? ledger::k_role_server : 0));
        founders.push_back({key, owner.account(), k_bond, roles,
                            "127.0.0.1:" + std::to_string(node.peer_port), node.server ? node.url() : "",
                            node.server ? k_price_per_input_token : Coin{},
                            node.server ? k_price_per_output_token : Coin{}});
        balances.push_back({key.account(), k_node_coins});
        devnet.nodes.push_back(std::move(node));
    }
    fs::create_directories(devnet.folder / "text", error);
    for (std::size_t i = 0; i < text.contributors.size(); ++i) {
        DevnetContributor contributor;
        contributor.name = k_contributor_names[i];
        contributor.source = text.contributors[i].source;
        contributor.text = devnet.folder / "text" / (contributor.name + ".txt");
        DURE_CHECK(write_private_file(contributor.text, text.contributors[i].text));
        DURE_TRY(const SecretKey key, add_key(wallet, devnet, contributor.name));
        balances.push_back({key.account(), k_contributor_coins});
        devnet.contributors.push_back(std::move(contributor));
    }
    say("writing genesis and the nodes' folders");
    DURE_TRY(const ledger::Genesis genesis, make_genesis("devnet", devnet_parameters(options.epoch_blocks),
                                                         model.genesis, founders, std::move(balances)));
    devnet.chain_id = genesis.chain_id().hex();
    DURE_CHECK(replace_private_file(devnet.folder / node::k_genesis_file, as_text(encode(genesis))));
    for (unsigned i = 0; i < k_devnet_nodes; ++i) {
        DURE_CHECK(make_node_folder({.config = config_of(devnet, devnet.nodes[i], options),
                                     .key = open_key_file(founders[i].key),
                                     .genesis = genesis,
                                     .model = &model,
                                     .config_text = {}}));
    }
    DURE_CHECK(save(devnet, options));
    return devnet;
}

Result<Devnet> open_devnet(const fs::path& folder) {
    Devnet devnet;
    std::error_code error;
    devnet.folder = fs::canonical(folder, error);
    DURE_TRY(const std::string text, read_file(folder / "devnet.json", k_max_description_bytes));
    boost::system::error_code bad;
    const json::value description = json::parse(text, bad);
    if (bad)
        return Error{ErrorCode::corrupt, (folder / "devnet.json").string() + " is damaged (" + bad.message() +
                                             "); start anew with --fresh"};
    devnet.chain_id = text_at(description, "chain_id");
    bool moved = false;
    for (const auto& entry : list_at(description, "nodes")) {
        DevnetNode node;
        node.name = text_at(entry, "name");
        node.folder = devnet.folder / node.name;
        DURE_TRY(node.account, Account::from_address(text_at(entry, "address")));
        node.peer_port = static_cast<unsigned>(number_at(entry, "peer_port"));
        node.api_port = static_cast<unsigned>(number_at(entry, "api_port"));
        node.server = flag_at(entry, "server");
        if (!port_is_free(node.peer_port) || !port_is_free(node.api_port)) {
            DURE_CHECK(take_ports(node));
            moved = true;
        }
        devnet.nodes.push_back(std::move(node));
    }
    for (const auto& entry : list_at(description, "contributors")) {
        devnet.contributors.push_back({text_at(entry, "name"),
                                       devnet.folder / "text" / (text_at(entry, "name") + ".txt"),
                                       text_at(entry, "source")});
    }
    if (const json::value* names = find_at(description, "names"); names != nullptr && names->is_object()) {
        for (const auto& [address, name] : names->as_object())
            devnet.names[std::string(address)] = text_at(name, "");
    }
    if (devnet.nodes.size() != k_devnet_nodes) {
        return Error{ErrorCode::corrupt, (folder / "devnet.json").string() + " names " +
                                             std::to_string(devnet.nodes.size()) +
                                             " nodes instead of 4; start anew with --fresh"};
    }
    DevnetOptions options;
    options.block_interval_ms = number_at(description, "block_interval_ms");
    options.kernels = text_at(description, "kernels");
    if (moved) {
        for (const DevnetNode& node : devnet.nodes)
            DURE_CHECK(write_config(config_of(devnet, node, options)));
        DURE_CHECK(save(devnet, options));
    }
    return devnet;
}

}  // namespace dure::tools
