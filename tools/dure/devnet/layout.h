// A devnet on disk: one folder with a genesis, a folder for each node, and a wallet with everybody's keys.
//
//   devnet.json      names, addresses, ports
//   genesis.bin      for others who want to join
//   wallet/          node-N (its earnings), node-N-bond (its own key), the contributors, customer
//   text/NAME.txt    what each contributor offers
//   node-N/          a node's folder (config.toml, node.key, genesis.bin, log, …)
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/keys.h"
#include "base/result.h"
#include "tools/dure/new_chain.h"

namespace dure::tools {

inline constexpr unsigned k_devnet_nodes = 4;

struct DevnetOptions {
    std::filesystem::path folder;
    std::filesystem::path text;
    std::filesystem::path model;   ///< folder of the model to begin with; empty: a new one
    std::uint32_t unit_steps = 0;  ///< 0: chosen for this machine
    std::uint64_t block_interval_ms = 400;
    std::uint64_t epoch_blocks = 0;  ///< 0: the validators stay
    std::string kernels = "auto";
};

struct DevnetNode {
    std::string name;  ///< node-1 …
    std::filesystem::path folder;
    Account account;
    unsigned peer_port = 0;
    unsigned api_port = 0;
    bool server = false;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(api_port); }
};

struct DevnetContributor {
    std::string name;
    std::filesystem::path text;
    std::string source;
};

struct Devnet {
    std::filesystem::path folder;
    std::string chain_id;
    std::vector<DevnetNode> nodes;
    std::vector<DevnetContributor> contributors;
    std::map<std::string, std::string> names;  ///< by address

    std::filesystem::path wallet() const { return folder / "wallet"; }
    /// The name that this devnet gives to an address, or the shortened address.
    std::string name_of(const std::string& address) const;
};

using SayLine = std::function<void(const std::string&)>;

bool devnet_exists(const std::filesystem::path& folder);
/// Makes everything; `say` is told what is being done. Errors: those of its parts; nothing is overwritten.
Result<Devnet> make_devnet(const DevnetOptions& options, const SayLine& say);
/// Opens one that is there; nodes whose ports were taken meanwhile get new ones. Errors: `not_found`,
/// `corrupt`.
Result<Devnet> open_devnet(const std::filesystem::path& folder);

}  // namespace dure::tools
