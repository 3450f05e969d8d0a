#include "tools/dure/doctor/facts.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timex.h>

#include <boost/asio.hpp>
#include <thread>

#include "node/api/http_server.h"
#include "node/config.h"
#include "node/node_files.h"
#include "node/peers/stream.h"
#include "tools/dure/api.h"
#include "tools/dure/doctor/time_server.h"
#include "tools/dure/node_folder.h"
#include "tools/dure/run_node.h"
#include "trainer/kernels/device_choice.h"

namespace dure::tools {

namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using asio::ip::tcp;

constexpr std::size_t k_max_key_file_bytes = 4 * 1024;

KeyFacts look_at_key(const fs::path& file) {
    KeyFacts facts{.file = file.string(), .fault = {}, .address = {}, .needs_password = false};
    const Result<std::string> text = read_file(file, k_max_key_file_bytes);
    const Result<KeyFile> key = text ? key_file_from_text(*text) : Result<KeyFile>(text.error());
    if (!key) {
        facts.fault = key.error();
        return facts;
    }
    facts.address = key->account.address();
    facts.needs_password = key->needs_password();
    struct stat about {};
    if (::stat(file.c_str(), &about) == 0 && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        facts.fault = Error{ErrorCode::conflict, "others may read " + file.string()};
    return facts;
}

/// What answers at the API's address, if it is the node with this key.
NodeFacts ask_node(const node::NodeConfig& config, const std::string& address,
                   std::chrono::milliseconds patience) {
    NodeFacts facts;
    const auto listen = node::parse_listen_address(config.api_listen);
    if (!listen || listen->port() == 0) return facts;
    tcp::endpoint at = *listen;
    if (at.address().is_unspecified()) at.address(asio::ip::address_v4::loopback());
    const std::string host =
        at.address().is_v6() ? "[" + at.address().to_string() + "]" : at.address().to_string();
    auto api = Api::open("http://" + host + ":" + std::to_string(at.port()));
    if (!api) return facts;
    api->set_timeout(patience);  // another program may hold the port and say nothing
    const auto status = api->get("/v1/status");
    if (!status || text_at(*status, "address") != address) return facts;
    facts.running = true;
    facts.height = number_at(*status, "height");
    facts.syncing = flag_at(*status, "syncing");
    facts.peers = static_cast<std::size_t>(number_at(*status, "peers"));
    return facts;
}

/// As the node binds it.
std::optional<Error> cannot_bind(const tcp::endpoint& address) {
    asio::io_context io;
    tcp::acceptor acceptor(io);
    boost::system::error_code failure;
    acceptor.open(address.protocol(), failure);
    if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
    if (!failure) acceptor.bind(address, failure);
    if (!failure) acceptor.listen(1, failure);
    if (!failure) return std::nullopt;
    return Error{ErrorCode::io, "cannot listen on " + address.address().to_string() + ":" +
                                    std::to_string(address.port()) + ": " + failure.message()};
}

PortFacts look_at_port(const std::string& key, const std::string& address, const NodeFacts& node) {
    PortFacts facts;
    facts.key = key;
    facts.address = address;
    facts.node_is_running = node.running;
    if (address.empty()) return facts;
    const auto endpoint = node::parse_listen_address(address);
    if (!endpoint) {
        facts.fault = endpoint.error();
        facts.node_is_running = false;
        return facts;
    }
    facts.changes = endpoint->port() == 0;
    facts.for_this_machine = endpoint->address().is_loopback();
    facts.fault = cannot_bind(*endpoint);
    return facts;
}

std::uint64_t bytes_in(const fs::path& folder) {
    std::error_code failure;
    std::uint64_t bytes = 0;
    for (fs::recursive_directory_iterator entry(folder, failure);
         !failure && entry != fs::recursive_directory_iterator(); entry.increment(failure)) {
        std::error_code gone;
        const std::uintmax_t size = entry->is_regular_file(gone) ? entry->file_size(gone) : 0;
        if (!gone) bytes += size;
    }
    return bytes;
}

DiskFacts look_at_disk(const node::NodeConfig& config) {
    DiskFacts facts;
    facts.folder = config.data_dir.string();
    facts.blobs_max_bytes = config.blobs_max_bytes;
    facts.blobs_bytes = bytes_in(config.data_dir / node::k_blobs_folder);
    std::error_code failure;
    const fs::space_info space = fs::space(config.data_dir, failure);
    if (failure) {
        facts.fault = Error{ErrorCode::io, "cannot look at " + facts.folder + ": " + failure.message()};
        return facts;
    }
    facts.free_bytes = space.available;
    const fs::path trial = config.data_dir / "doctor.tmp";
    if (const Status written = replace_private_file(trial, "to see whether it can be written\n"); !written)
        facts.fault = written.error();
    fs::remove(trial, failure);
    return facts;
}

ClockFacts look_at_clock(const DoctorOptions& options) {
    ClockFacts facts;
    timex state{};
    facts.disciplined = ::adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0;
    facts.time_server = options.time_server;
    if (options.time_server.empty()) return facts;
    const auto offset = ask_time_server(options.time_server, options.patience);
    if (offset) {
        facts.offset = *offset;
    } else {
        facts.fault = offset.error();
    }
    return facts;
}

CpuFacts look_at_cpu(const node::NodeConfig& config) {
    CpuFacts facts;
    facts.fastest = trainer::isa_name(trainer::best_isa());
    facts.wanted = config.kernels;
    trainer::Isa isa{};
    if (config.kernels != "auto")
        facts.wanted_runs =
            trainer::isa_from_name(config.kernels.c_str(), isa) && trainer::isa_supported(isa);
    facts.computes = config.trainer || config.server;
    facts.cores = std::max(1U, std::thread::hardware_concurrency());
    facts.wanted_cores =
        std::max(config.trainer ? config.cores : 0, config.server ? config.inference_cores : 0);
    return facts;
}

FilesFacts look_at_files() {
    rlimit limit{};
    return {::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0};
}

asio::awaitable<void> dial(PeerFacts::Dialled& peer) {
    const Result<node::Stream> stream = co_await node::open_stream(peer.endpoint);
    peer.fault = stream ? std::nullopt : std::optional(stream.error());
}

std::vector<PeerFacts::Dialled> dial_all(const std::vector<std::string>& peers,
                                         std::chrono::milliseconds patience) {
    std::vector<PeerFacts::Dialled> dialled;
    for (const std::string& peer : peers)
        dialled.push_back({peer, Error{ErrorCode::unavailable, peer + " does not answer"}});
    asio::io_context io;
    for (PeerFacts::Dialled& peer : dialled)
        asio::co_spawn(io, dial(peer), asio::detached);
    io.run_for(patience);
    return dialled;
}

}  // namespace

Facts find_out(const DoctorOptions& options) {
    Facts facts;
    facts.config.file = (options.folder / k_config_file).string();
    facts.clock = look_at_clock(options);
    facts.files = look_at_files();
    const auto config = node::load_config(options.folder / k_config_file);
    if (!config) {
        facts.config.fault = config.error();
        return facts;
    }
    if (config->validator) facts.config.roles.emplace_back("validator");
    if (config->trainer) facts.config.roles.emplace_back("trainer");
    if (config->server) facts.config.roles.emplace_back("server");
    const auto api = node::parse_listen_address(config->api_listen);
    facts.config.api_is_open = api && !api->address().is_loopback();

    facts.key = look_at_key(config->key_file);
    facts.genesis.file = config->genesis_file.string();
    const auto genesis = read_genesis(config->genesis_file);
    if (genesis) {
        facts.genesis.chain =
            static_cast<const std::string&>(genesis->chain_name) + ", " + genesis->chain_id().hex();
        facts.peers.only_validator = config->validator && genesis->validators.size() == 1 &&
                                     genesis->validators.front().account.address() == facts.key.address;
    } else {
        facts.genesis.fault = genesis.error();
    }
    facts.node = ask_node(*config, facts.key.address, options.patience);
    PortFacts peers = look_at_port("peers.listen", config->listen, facts.node);
    peers.for_others = true;
    peers.for_this_machine = peers.for_this_machine && config->advertised.empty();
    facts.peers.reachable = !peers.address.empty() && !peers.for_this_machine;
    if (facts.peers.only_validator) peers.for_this_machine = false;
    facts.ports = {std::move(peers), look_at_port("api.listen", config->api_listen, facts.node)};
    facts.disk = look_at_disk(*config);
    facts.cpu = look_at_cpu(*config);
    facts.cuda = {config->device, trainer::device_fault(trainer::DeviceKind::cuda)};
    facts.peers.configured = dial_all(config->peers, options.patience);
    facts.peers.node = facts.node;
    return facts;
}

}  // namespace dure::tools
