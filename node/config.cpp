#include "node/config.h"

#include <toml++/toml.h>
#include <algorithm>
#include <fstream>
#include <sstream>

#include "ledger/records/peer.h"
#include "node/log.h"
#include "node/node_files.h"

namespace dure::node {

namespace {

/// Of a token, in grain: a thousand DURE.
constexpr std::uint64_t k_max_price = 1'000 * k_grain_per_dure;

/// Takes keys out of a table one by one; what is left at the end nobody knows.
class Section {
  public:
    Section(const toml::table& table, std::string name) : table_(table), name_(std::move(name)) {}

    const toml::node* take(std::string_view key) {
        known_.emplace_back(key);
        return table_.get(key);
    }
    Error wrong(std::string_view key, const toml::node& node, const std::string& expected) const {
        return {ErrorCode::malformed, place(node.source()) + "'" + full(key) + "' must be " + expected};
    }
    Status text(std::string_view key, std::string& value) {
        const toml::node* const node = take(key);
        if (node == nullptr) return {};
        const auto* const string = node->as_string();
        if (string == nullptr) return wrong(key, *node, "a text in quotes");
        value = string->get();
        return {};
    }
    Status flag(std::string_view key, bool& value) {
        const toml::node* const node = take(key);
        if (node == nullptr) return {};
        const auto* const boolean = node->as_boolean();
        if (boolean == nullptr) return wrong(key, *node, "true or false");
        value = boolean->get();
        return {};
    }
    template <class N>
    Status number(std::string_view key, N& value, std::uint64_t least, std::uint64_t most) {
        const toml::node* const node = take(key);
        if (node == nullptr) return {};
        const auto* const integer = node->as_integer();
        const std::string expected =
            "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
        if (integer == nullptr || integer->get() < 0) return wrong(key, *node, expected);
        const auto wanted = static_cast<std::uint64_t>(integer->get());
        if (wanted < least || wanted > most)
            return wrong(key, *node, expected + ", not " + std::to_string(wanted));
        value = static_cast<N>(wanted);
        return {};
    }
    Status milliseconds(std::string_view key, std::chrono::milliseconds& value, std::uint64_t least,
                        std::uint64_t most) {
        auto count = static_cast<std::uint64_t>(value.count());
        DURE_CHECK(number(key, count, least, most));
        value = std::chrono::milliseconds(count);
        return {};
    }
    Status texts(std::string_view key, std::vector<std::string>& values) {
        const toml::node* const node = take(key);
        if (node == nullptr) return {};
        const auto* const array = node->as_array();
        if (array == nullptr) return wrong(key, *node, "a list of texts");
        values.clear();
        for (const toml::node& entry : *array) {
            const auto* const string = entry.as_string();
            if (string == nullptr) return wrong(key, entry, "a list of texts");
            values.push_back(string->get());
        }
        return {};
    }
    Status finish() const {
        for (const auto& [key, node] : table_) {
            if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
            return Error{ErrorCode::malformed,
                         place(node.source()) + "'" + full(key.str()) +
                             "' is not a known key; docs/operating/configuration.md lists them"};
        }
        return {};
    }

  private:
    std::string full(std::string_view key) const {
        return name_.empty() ? std::string(key) : name_ + "." + std::string(key);
    }
    static std::string place(const toml::source_region& source) {
        return "line " + std::to_string(source.begin.line) + ": ";
    }

    const toml::table& table_;
    std::string name_;
    std::vector<std::string> known_;
};

/// Reads [name] with `read`; a missing one leaves the defaults.
Status section(Section& root, const std::string& name, NodeConfig& config,
               Status (*read)(Section&, NodeConfig&)) {
    const toml::node* const node = root.take(name);
    if (node == nullptr) return {};
    const auto* const table = node->as_table();
    if (table == nullptr) return root.wrong(name, *node, "a section: [" + name + "]");
    Section inner(*table, name);
    DURE_CHECK(read(inner, config));
    return inner.finish();
}

Status one_of(const std::string& key, const std::string& value, const std::vector<std::string>& allowed) {
    if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return {};
    std::string list;
    for (const std::string& one : allowed)
        list += (list.empty() ? "" : ", ") + one;
    return Error{ErrorCode::malformed, "'" + key + "' is \"" + value + "\"; it may be one of " + list};
}

Status read_roles(Section& root, NodeConfig& config) {
    std::vector<std::string> roles;
    const bool given = root.take("roles") != nullptr;
    DURE_CHECK(root.texts("roles", roles));
    if (!given) return {};
    config.validator = config.trainer = config.server = false;
    for (const std::string& role : roles) {
        DURE_CHECK(one_of("roles", role, {"validator", "trainer", "server"}));
        (role == "validator" ? config.validator : role == "trainer" ? config.trainer : config.server) = true;
    }
    return {};
}

Status read_peers(Section& peers, NodeConfig& config) {
    DURE_CHECK(peers.text("listen", config.listen));
    DURE_CHECK(peers.text("advertised", config.advertised));
    return peers.texts("connect", config.peers);
}

Status read_api(Section& api, NodeConfig& config) {
    DURE_CHECK(api.text("listen", config.api_listen));
    DURE_CHECK(api.text("advertised", config.api_advertised));
    if (config.api_advertised.size() > ledger::k_max_service_bytes)
        return Error{ErrorCode::malformed, "'api.advertised' is longer than 256 bytes"};
    const Status url = ledger::check_service_url(config.api_advertised);
    return url ? url : with_context(url.error(), "'api.advertised'");
}

Status read_limits(Section& limits, NodeConfig& config) {
    DURE_CHECK(limits.number("cores", config.cores, 1, 256));
    DURE_CHECK(limits.number("inference_cores", config.inference_cores, 1, 256));
    DURE_CHECK(limits.number("keep_blocks", config.keep_blocks, 0, std::uint64_t{1} << 50));
    if (config.keep_blocks > 0 && config.keep_blocks < k_min_kept_blocks) {
        return Error{ErrorCode::malformed,
                     "'limits.keep_blocks' is " + std::to_string(config.keep_blocks) +
                         ": it must be 0 (all) or at least " + std::to_string(k_min_kept_blocks) +
                         ", or peers that were away for a moment could not catch up here"};
    }
    return limits.number("blobs_max_bytes", config.blobs_max_bytes, std::uint64_t{1} << 20,
                         std::uint64_t{1} << 50);
}

Status read_training(Section& training, NodeConfig& config) {
    DURE_CHECK(training.text("kernels", config.kernels));
    DURE_CHECK(one_of("training.kernels", config.kernels, {"auto", "reference", "avx2", "avx512"}));
    DURE_CHECK(training.text("device", config.device));
    DURE_CHECK(one_of("training.device", config.device, {"cpu", "cuda", "auto"}));
    DURE_CHECK(training.number("units_per_round", config.units_per_round, 1, 1'024));
    DURE_CHECK(training.number("keep_checkpoints", config.keep_checkpoints, 1, 1'000));
    return training.number("keep_rounds", config.keep_rounds, 1, 250);
}

Status read_consensus(Section& consensus, NodeConfig& config) {
    DURE_CHECK(consensus.milliseconds("block_interval_ms", config.block_interval, 10, 600'000));
    DURE_CHECK(consensus.milliseconds("delta_ms", config.delta, 10, 600'000));
    return consensus.number("signature_threads", config.signature_threads, 1, 64);
}

/// An amount of DURE in quotes; "" leaves `value` empty.
Status read_coins(Section& server, std::string_view key, std::optional<Coin>& value) {
    std::string text;
    DURE_CHECK(server.text(key, text));
    value.reset();
    if (text.empty()) return {};
    const Result<Coin> coins = coin_from_text(text);
    if (!coins) return with_context(coins.error(), "'server." + std::string(key) + "'");
    value = *coins;
    return {};
}

Status read_server(Section& server, NodeConfig& config) {
    DURE_CHECK(server.number("price_per_input_token", config.price_per_input_token.value, 0, k_max_price));
    DURE_CHECK(server.number("price_per_output_token", config.price_per_output_token.value, 0, k_max_price));
    DURE_CHECK(read_coins(server, "bond", config.server_bond));
    DURE_CHECK(server.number("settle_interval_blocks", config.settle_interval_blocks, 1, 1'000'000));
    DURE_CHECK(server.number("max_running_calls", config.max_running_calls, 1, 1'024));
    DURE_CHECK(server.number("max_waiting_calls", config.max_waiting_calls, 1, 100'000));
    DURE_CHECK(server.number("max_calls_per_payer", config.max_calls_per_payer, 1, 100'000));
    DURE_CHECK(server.number("cover_seconds", config.cover_seconds, 1, 3'600));
    DURE_CHECK(
        server.number("cache_bytes", config.cache_bytes, std::uint64_t{1} << 20, std::uint64_t{1} << 40));
    return server.number("max_tokens_per_call", config.max_tokens_per_call, 1, 1'000'000);
}

std::string quoted(const std::string& text) {
    std::ostringstream out;
    out << toml::value<std::string>(text);
    return out.str();
}

std::filesystem::path resolved(const std::filesystem::path& folder, const std::filesystem::path& path) {
    return path.is_absolute() ? path : folder / path;
}

}  // namespace

Result<NodeConfig> parse_config(std::string_view text, const std::filesystem::path& folder) {
    toml::table table;
    try {
        table = toml::parse(text);
    } catch (const toml::parse_error& failure) {
        return Error{ErrorCode::malformed, "line " + std::to_string(failure.source().begin.line) + ": " +
                                               std::string(failure.description())};
    }
    NodeConfig config;
    Section root(table, "");
    std::string data_dir = ".";
    std::string genesis;
    std::string key;
    DURE_CHECK(root.text("data_dir", data_dir));
    DURE_CHECK(root.text("genesis", genesis));
    DURE_CHECK(root.text("key", key));
    config.data_dir = resolved(folder, data_dir);
    config.genesis_file = genesis.empty() ? config.data_dir / k_genesis_file : resolved(folder, genesis);
    config.key_file = key.empty() ? config.data_dir / k_node_key_file : resolved(folder, key);
    DURE_CHECK(read_roles(root, config));
    DURE_CHECK(root.text("log_level", config.log_level));
    DURE_CHECK(one_of("log_level", config.log_level, {"trace", "debug", "info", "warning", "error"}));
    DURE_CHECK(root.text("log_format", config.log_format));
    DURE_CHECK(one_of("log_format", config.log_format, {k_plain_log, k_json_log}));
    DURE_CHECK(section(root, "peers", config, read_peers));
    DURE_CHECK(section(root, "api", config, read_api));
    DURE_CHECK(section(root, "limits", config, read_limits));
    DURE_CHECK(section(root, "training", config, read_training));
    DURE_CHECK(section(root, "consensus", config, read_consensus));
    DURE_CHECK(section(root, "server", config, read_server));
    DURE_CHECK(root.finish());
    return config;
}

Result<NodeConfig> load_config(const std::filesystem::path& file) {
    std::ifstream in(file);
    if (!in)
        return Error{ErrorCode::not_found,
                     "cannot read the configuration " + file.string() + "; dure init makes one"};
    std::ostringstream text;
    text << in.rdbuf();
    if (!in && !in.eof()) return Error{ErrorCode::io, "cannot read the configuration " + file.string()};
    Result<NodeConfig> config = parse_config(text.str(), std::filesystem::absolute(file).parent_path());
    if (!config) return with_context(config.error(), file.string());
    return config;
}

std::string_view default_config_text() {
    return R"toml(# A Dure node's settings. Every key is optional; what stands here after '#' is its default.
# Relative paths are taken from this file's folder.

# Where everything is kept: chain, blobs, journal.
#data_dir = "."
# The chain's genesis and the node's key; by default genesis.bin and node.key in data_dir.
#genesis = "genesis.bin"
#key = "node.key"

# What the node does: "validator" votes if its key is one, "trainer" trains, audits and scores if its key has
# bonded shares, "server" sells answers if it is registered as a server on the chain.
#roles = ["validator", "trainer"]

# "trace", "debug", "info", "warning" or "error"
#log_level = "info"
# "plain" for people, "json" for programs: one object a line.
#log_format = "plain"

[peers]
# Where other nodes reach this one; port 0 takes a free one, "" takes no connections.
#listen = "127.0.0.1:0"
# What others are told to dial, if it is not the address above.
#advertised = ""
# Nodes to keep a line to: ["host:port", ...]
#connect = []

[api]
# Where programs reach the HTTP interface. Anybody who reaches it may use it: keep it on this machine, unless the node sells
# answers.
#listen = "127.0.0.1:0"
# Where buyers are told to ask, if it is not that address: an URL, e.g. "http://203.0.113.7:8470". "" is found out: where the
# interface listens on all addresses, by the one of [peers]; one on loopback only where all peers are on loopback, too.
#advertised = ""

[limits]
# Threads for training, auditing and scoring, and for answering.
#cores = 1
#inference_cores = 1
# Newest blocks kept (at least so many), or 0: all. Older ones are deleted to save space, and others cannot fetch them here.
#keep_blocks = 0
# Disk space for texts, updates and checkpoints.
#blobs_max_bytes = 68719476736

[training]
# "auto" takes the fastest this CPU has; "reference", "avx2" and "avx512" give the same bits.
#kernels = "auto"
# What trains, judges and answers: "cpu", "cuda", or "auto" for a GPU where there is one; the same bits.
#device = "cpu"
# Work units offered for each round.
#units_per_round = 1
# Newest checkpoints kept, and finished rounds whose updates are kept. Checkpoints that answered while receipts can still be
# reported (receipt_age_blocks) are kept besides.
#keep_checkpoints = 3
#keep_rounds = 4

[consensus]
# The least time between two blocks, and the assumed bound on a message's way.
#block_interval_ms = 1000
#delta_ms = 500
#signature_threads = 1

[server]
# What a token costs, read and written, in grain (10^9 grain are one DURE). The chain is told, and told anew after a change.
#price_per_input_token = 10000
#price_per_output_token = 50000
# Coins of the node's key that stand behind what it signs, in DURE; more are bonded at the start if there are less. "" is
# what the chain asks of servers. Less than that is raised to it; `dure server unbond` takes out what is more.
#bond = ""
# How often earnings are drawn from channels.
#settle_interval_blocks = 10
# How many calls are answered at the same time and how many may wait; the memory for what their tokens' keys and values
# take (at least one call's), for each of up to two models; and how long an answer may be.
#max_running_calls = 16
#max_waiting_calls = 32
# of one payer, running and waiting
#max_calls_per_payer = 16
# how long a streamed answer whose cover has run out waits for its next voucher
#cover_seconds = 60
#cache_bytes = 268435456
#max_tokens_per_call = 512
)toml";
}

std::string to_toml(const NodeConfig& config) {
    const NodeConfig plain;
    std::ostringstream out;
    out << "data_dir = " << quoted(config.data_dir.string()) << "\n";
    if (config.genesis_file != config.data_dir / k_genesis_file)
        out << "genesis = " << quoted(config.genesis_file.string()) << "\n";
    if (config.key_file != config.data_dir / k_node_key_file)
        out << "key = " << quoted(config.key_file.string()) << "\n";
    std::string roles;
    const auto add = [&](bool has, const char* name) {
        if (has) roles += (roles.empty() ? "\"" : ", \"") + std::string(name) + "\"";
    };
    add(config.validator, "validator");
    add(config.trainer, "trainer");
    add(config.server, "server");
    out << "roles = [" << roles << "]\n";
    out << "log_level = " << quoted(config.log_level) << "\n";
    if (config.log_format != plain.log_format) out << "log_format = " << quoted(config.log_format) << "\n";
    std::string connect;
    for (const std::string& peer : config.peers)
        connect += (connect.empty() ? "" : ", ") + quoted(peer);
    out << "\n[peers]\nlisten = " << quoted(config.listen) << "\nadvertised = " << quoted(config.advertised)
        << "\nconnect = [" << connect << "]\n";
    out << "\n[api]\nlisten = " << quoted(config.api_listen) << "\n";
    if (!config.api_advertised.empty()) out << "advertised = " << quoted(config.api_advertised) << "\n";
    const auto number = [&](const char* key, std::uint64_t value, std::uint64_t otherwise) {
        if (value != otherwise) out << key << " = " << value << "\n";
    };
    out << "\n[limits]\n";
    number("cores", config.cores, plain.cores);
    number("inference_cores", config.inference_cores, plain.inference_cores);
    number("keep_blocks", config.keep_blocks, plain.keep_blocks);
    number("blobs_max_bytes", config.blobs_max_bytes, plain.blobs_max_bytes);
    out << "\n[training]\n";
    if (config.kernels != plain.kernels) out << "kernels = " << quoted(config.kernels) << "\n";
    if (config.device != plain.device) out << "device = " << quoted(config.device) << "\n";
    number("units_per_round", config.units_per_round, plain.units_per_round);
    number("keep_checkpoints", config.keep_checkpoints, plain.keep_checkpoints);
    number("keep_rounds", config.keep_rounds, plain.keep_rounds);
    out << "\n[consensus]\n";
    number("block_interval_ms", static_cast<std::uint64_t>(config.block_interval.count()),
           static_cast<std::uint64_t>(plain.block_interval.count()));
    number("delta_ms", static_cast<std::uint64_t>(config.delta.count()),
           static_cast<std::uint64_t>(plain.delta.count()));
    number("signature_threads", config.signature_threads, plain.signature_threads);
    out << "\n[server]\n";
    number("price_per_input_token", config.price_per_input_token.value, plain.price_per_input_token.value);
    number("price_per_output_token", config.price_per_output_token.value, plain.price_per_output_token.value);
    if (config.server_bond) out << "bond = " << quoted(to_text(*config.server_bond)) << "\n";
    number("settle_interval_blocks", config.settle_interval_blocks, plain.settle_interval_blocks);
    number("max_running_calls", config.max_running_calls, plain.max_running_calls);
    number("max_waiting_calls", config.max_waiting_calls, plain.max_waiting_calls);
    number("max_calls_per_payer", config.max_calls_per_payer, plain.max_calls_per_payer);
    number("cover_seconds", config.cover_seconds, plain.cover_seconds);
    number("cache_bytes", config.cache_bytes, plain.cache_bytes);
    number("max_tokens_per_call", config.max_tokens_per_call, plain.max_tokens_per_call);
    return out.str();
}

}  // namespace dure::node
