// A node's settings: one TOML file with a commented default (docs/operating/configuration.md). Unknown keys,
// wrong types and values out of range are errors that name the key.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "base/result.h"

namespace dure::node {

/// A node that keeps fewer could not help a peer that was away for a moment.
inline constexpr std::uint64_t k_min_kept_blocks = 256;

struct NodeConfig {
    std::filesystem::path data_dir;      ///< everything the node keeps
    std::filesystem::path genesis_file;  ///< default: data_dir/genesis.bin
    std::filesystem::path key_file;      ///< default: data_dir/node.key

    std::string listen = "127.0.0.1:0";      ///< for other nodes; empty: no inbound connections
    std::string advertised;                  ///< what others are told to dial; empty: the bound address
    std::vector<std::string> peers;          ///< "host:port", dialled and kept connected
    std::string api_listen = "127.0.0.1:0";  ///< for programs
    std::string api_advertised;              ///< URL at which buyers are told to ask; empty: found out

    bool validator = true;  ///< vote, if genesis or bonds make this node's key a validator
    bool trainer = true;    ///< train, audit and score, if the key has bonded shares
    bool server = false;    ///< sell answers

    unsigned cores = 1;            ///< threads of training, auditing and scoring
    unsigned inference_cores = 1;  ///< threads of answering
    std::string kernels = "auto";  ///< "auto", "reference", "avx2" or "avx512": all give the same bits
    std::string device = "cpu";    ///< "cpu", "cuda", or "auto" for a GPU where there is one: the same bits
    std::uint32_t units_per_round = 1;  ///< work units offered for each round

    std::chrono::milliseconds block_interval{1'000};
    std::chrono::milliseconds delta{500};  ///< assumed bound on a message's way
    unsigned signature_threads = 1;

    std::uint64_t keep_blocks = 0;  ///< newest blocks kept; 0: all
    std::uint64_t blobs_max_bytes = std::uint64_t{64} << 30;
    std::uint64_t keep_checkpoints = 3;  ///< newest ones, besides genesis's
    std::uint64_t keep_rounds = 4;       ///< rounds whose updates are kept

    Coin price_per_input_token{10'000};  ///< what a server asks
    Coin price_per_output_token{50'000};
    std::optional<Coin> server_bond;                       ///< behind its receipts; none: what the chain asks
    std::uint64_t settle_interval_blocks = 10;             ///< how often a server draws what it earned
    std::uint32_t max_running_calls = 16;                  ///< answered at the same time
    std::uint32_t max_waiting_calls = 32;                  ///< more are answered 503
    std::uint32_t max_calls_per_payer = 16;                ///< more of one payer are answered 429
    std::uint32_t cover_seconds = 60;                      ///< a stream waits so long for its next voucher
    std::uint64_t cache_bytes = std::uint64_t{256} << 20;  ///< of running calls' keys and values
    std::uint32_t max_tokens_per_call = 512;

    std::string log_level = "info";    ///< "trace", "debug", "info", "warning", "error"
    std::string log_format = "plain";  ///< "plain", or "json": one object a line
};

/// Reads settings; relative paths are taken from `folder`. Errors: `malformed`, with line and key.
Result<NodeConfig> parse_config(std::string_view toml, const std::filesystem::path& folder);
/// The same from a file. Errors: `not_found`, `io`, and as above.
Result<NodeConfig> load_config(const std::filesystem::path& file);

/// Every key with its default and what it does: a file to start from. Parses to NodeConfig's defaults with
/// data_dir = the file's folder.
std::string_view default_config_text();
/// A file that sets exactly what differs from the defaults.
std::string to_toml(const NodeConfig& config);

}  // namespace dure::node
