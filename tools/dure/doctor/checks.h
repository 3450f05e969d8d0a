// What `dure doctor` makes of what it found out about a node's folder and its machine (facts.h): pure functions, so that every
// ill can be tried.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace dure::tools {

enum class Verdict : std::uint8_t { ok, warn, fail };
const char* name_of(Verdict verdict);

struct Finding {
    std::string check;  ///< what was looked at, e.g. "disk"
    Verdict verdict = Verdict::ok;
    std::string value;   ///< what was found
    std::string remedy;  ///< what to do; empty if all is well
};

struct ConfigFacts {
    std::string file;
    std::optional<Error> fault;  ///< it cannot be read or makes no sense
    std::vector<std::string> roles;
    bool api_is_open = false;  ///< the API listens to other machines
};
Finding check_config(const ConfigFacts& facts);

struct KeyFacts {
    std::string file;
    std::optional<Error> fault;  ///< also: others may read it
    std::string address;
    bool needs_password = false;
};
Finding check_key(const KeyFacts& facts);

struct GenesisFacts {
    std::string file;
    std::optional<Error> fault;
    std::string chain;  ///< its name and id
};
Finding check_genesis(const GenesisFacts& facts);

/// The node as it answers on its API.
struct NodeFacts {
    bool running = false;
    std::uint64_t height = 0;
    bool syncing = false;
    std::size_t peers = 0;
};
Finding check_node(const NodeFacts& facts);

struct PortFacts {
    std::string key;                ///< in the configuration, e.g. "peers.listen"
    std::string address;            ///< "host:port"; empty: takes no connections
    std::optional<Error> fault;     ///< it cannot be bound
    bool node_is_running = false;   ///< then this node has it
    bool changes = false;           ///< port 0: another one each start
    bool for_this_machine = false;  ///< nobody else reaches it, and nothing else is advertised
    bool for_others = false;        ///< it is meant for other machines
};
Finding check_port(const PortFacts& facts);

inline constexpr std::uint64_t k_least_free_bytes = std::uint64_t{1} << 30;
/// For the chain to grow into, beside what blobs may take.
inline constexpr std::uint64_t k_chain_reserve_bytes = std::uint64_t{10} << 30;

struct DiskFacts {
    std::string folder;
    std::optional<Error> fault;  ///< it cannot be written
    std::uint64_t free_bytes = 0;
    std::uint64_t blobs_bytes = 0;
    std::uint64_t blobs_max_bytes = 0;
};
Finding check_disk(const DiskFacts& facts);

/// Challenges of payments hold for ten minutes, and their times come from other machines.
inline constexpr std::chrono::milliseconds k_worrying_skew{2'000};
inline constexpr std::chrono::milliseconds k_harmful_skew{60'000};

struct ClockFacts {
    bool disciplined = false;    ///< the kernel says that something keeps the clock right
    std::string time_server;     ///< that was asked; empty: none
    std::optional<Error> fault;  ///< it did not answer
    std::optional<std::chrono::milliseconds> offset;  ///< its time less ours
};
Finding check_clock(const ClockFacts& facts);

struct CpuFacts {
    std::string fastest;  ///< kernels that this CPU can run: "avx512", "avx2" or "reference"
    std::string wanted;   ///< training.kernels
    bool wanted_runs = true;
    bool computes = true;  ///< the node's roles train or answer
    unsigned cores = 0;    ///< of the machine
    unsigned wanted_cores = 0;
};
Finding check_cpu(const CpuFacts& facts);

struct CudaFacts {
    std::string wanted;  ///< training.device
    std::string fault;   ///< why there is none; empty: it can be used
};
Finding check_cuda(const CudaFacts& facts);

inline constexpr std::uint64_t k_enough_files = 4'096;
struct FilesFacts {
    std::uint64_t limit = 0;
};
Finding check_files(const FilesFacts& facts);

struct PeerFacts {
    struct Dialled {
        std::string endpoint;
        std::optional<Error> fault;
    };
    std::vector<Dialled> configured;
    bool only_validator = false;  ///< needs nobody
    bool reachable = false;       ///< others can dial this node
    NodeFacts node;
};
Finding check_peers(const PeerFacts& facts);

struct Facts {
    ConfigFacts config;
    /// The rest is known where the configuration is.
    KeyFacts key;
    GenesisFacts genesis;
    NodeFacts node;
    std::vector<PortFacts> ports;
    DiskFacts disk;
    ClockFacts clock;
    CpuFacts cpu;
    CudaFacts cuda;
    FilesFacts files;
    PeerFacts peers;
};
std::vector<Finding> check_all(const Facts& facts);

}  // namespace dure::tools
