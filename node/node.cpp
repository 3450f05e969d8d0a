#include "node/node.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fstream>
#include <sstream>

#include "base/key_file.h"
#include "ledger/records/genesis.h"
#include "ledger/views.h"
#include "node/api/api.h"
#include "node/blobs/blobs.h"
#include "node/chain/chain.h"
#include "node/node_files.h"
#include "node/peers/peers.h"
#include "node/roles/answer_server.h"
#include "node/roles/contributor.h"
#include "node/roles/library.h"
#include "node/roles/registrar.h"
#include "node/roles/retention.h"
#include "node/roles/submitter.h"
#include "node/roles/workshop.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

/// The protection space of payment challenges, and how long one holds.
constexpr const char* k_realm = "dure";
constexpr std::int64_t k_challenge_seconds = 600;

constexpr std::uintmax_t k_max_genesis_bytes = 64 * 1024 * 1024;
constexpr std::uintmax_t k_max_key_file_bytes = 4 * 1024;
constexpr std::uint64_t k_blocks_between_sweeps = 64;
/// Training yields to agreement, and to answering.
constexpr int k_training_niceness = 10;

Result<std::string> read_small_file(const std::filesystem::path& file, std::uintmax_t max_bytes,
                                    const std::string& advice) {
    std::error_code failure;
    const std::uintmax_t size = std::filesystem::file_size(file, failure);
    if (failure)
        return Error{ErrorCode::not_found,
                     "cannot read " + file.string() + ": " + failure.message() + "; " + advice};
    if (size > max_bytes)
        return Error{ErrorCode::out_of_range, file.string() + " has " + std::to_string(size) +
                                                  " bytes, which is too large for what it should be"};
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) return Error{ErrorCode::io, "cannot read " + file.string()};
    return text.str();
}

Result<ledger::Genesis> read_genesis(const std::filesystem::path& file) {
    DURE_TRY(const std::string bytes,
             read_small_file(file, k_max_genesis_bytes, "copy the chain's genesis there"));
    Result<ledger::Genesis> genesis = decode<ledger::Genesis>(as_bytes(bytes));
    if (!genesis)
        return with_context(genesis.error(), file.string() + " is not a genesis of this program's version");
    if (const Status valid = genesis->check(); !valid) return with_context(valid.error(), file.string());
    return genesis;
}

Result<trainer::Isa> isa_of(const std::string& name) {
    if (name == "auto") return trainer::best_isa();
    trainer::Isa isa{};
    if (!trainer::isa_from_name(name.c_str(), isa))
        return Error{ErrorCode::malformed, "there are no kernels named '" + name + "'"};
    if (!trainer::isa_supported(isa))
        return Error{ErrorCode::unavailable,
                     "this CPU cannot run the " + name + " kernels; set training.kernels to \"auto\""};
    return isa;
}

Result<trainer::DeviceKind> device_of(const std::string& name) {
    if (name == "auto") {
        const bool usable = trainer::device_fault(trainer::DeviceKind::cuda).empty();
        return usable ? trainer::DeviceKind::cuda : trainer::DeviceKind::cpu;
    }
    trainer::DeviceKind device{};
    if (!trainer::device_kind_from_name(name, device))
        return Error{ErrorCode::malformed, "there is no device named '" + name + "'"};
    const std::string fault = trainer::device_fault(device);
    if (!fault.empty())
        return Error{ErrorCode::unavailable, "training.device is \"" + name + "\", but " + fault};
    return device;
}

/// Whoever comes first is rewarded; the others' reports fail, which harms nobody.
asio::awaitable<void> report(Submitter& submitter, protocol::Evidence evidence) {
    const Result<Inclusion> included = co_await submitter.submit(ledger::ReportEvidence{std::move(evidence)});
    const Status outcome = included ? included->outcome : Status(included.error());
    if (outcome) {
        spdlog::info("reported a double signing in block {}", included->height.value);
    } else {
        spdlog::info("a double signing was not reported: {}", outcome.error().message);
    }
}

}  // namespace

/// The parts, in the order in which they are made; destroyed in the opposite one.
class Node::Core {
  public:
    Core(asio::io_context& io, NodeConfig config, const SecretKey& key)
        : io_(io), config_(std::move(config)), key_(key) {}
    ~Core() { stop(); }

    Status open(RoleHooks hooks) {
        DURE_TRY(const ledger::Genesis genesis, read_genesis(config_.genesis_file));
        DURE_TRY(const trainer::Isa isa, isa_of(config_.kernels));
        DURE_TRY(const trainer::DeviceKind device, device_of(config_.device));
        PeersConfig peers{.chain_id = genesis.chain_id(),
                          .node_key = key_,
                          .listen = config_.listen,
                          .advertised = config_.advertised,
                          .peers = config_.peers};
        peers_ = std::make_unique<Peers>(io_, std::move(peers));
        ChainConfig chain;
        chain.data_directory = config_.data_dir / k_chain_folder;
        if (config_.validator) chain.validator_key = key_;
        chain.delta = config_.delta;
        chain.block_interval = config_.block_interval;
        chain.keep_blocks = config_.keep_blocks;
        chain.signature_threads = config_.signature_threads;
        DURE_TRY(chain_, Chain::open(io_, genesis, std::move(chain), *peers_));
        DURE_TRY(store_,
                 BlobStore::open(config_.data_dir / k_blobs_folder, {.max_bytes = config_.blobs_max_bytes}));
        blobs_ = std::make_unique<Blobs>(io_, *peers_, *store_);
        DURE_TRY(library_, Library::create(*blobs_, genesis));
        submitter_ = std::make_unique<Submitter>(io_, *chain_, key_);
        registrar_ = std::make_unique<Registrar>(io_, *chain_, *submitter_);
        retention_.emplace(
            RetentionRule{.checkpoints = config_.keep_checkpoints, .rounds = config_.keep_rounds});
        const AnswerTeller tell = hooks.tell;  // the trainer takes the hooks away
        if (config_.trainer) {
            worker_ = std::make_unique<WorkshopThread>(
                io_, WorkshopThread::Config{config_.cores, isa, device, k_training_niceness});
            DURE_TRY(Notebook notebook, Notebook::open(config_.data_dir / k_notes_folder));
            contributor_ = std::make_unique<Contributor>(
                io_, *chain_, *blobs_, *library_, *worker_, *submitter_, std::move(notebook),
                DutyOptions{.trains = true, .units = config_.units_per_round}, std::move(hooks),
                UnitSecrets(key_));
        }
        if (config_.server) {
            inference_ = std::make_unique<WorkshopThread>(
                io_, WorkshopThread::Config{config_.inference_cores, isa, device, 0});
            AnswerServerConfig server;
            server.payments.journal = config_.data_dir / k_channels_file;
            server.payments.charges = config_.data_dir / k_charges_file;
            server.payments.settle_interval_blocks = config_.settle_interval_blocks;
            server.max_running_calls = config_.max_running_calls;
            server.max_waiting_calls = config_.max_waiting_calls;
            server.max_calls_per_payer = config_.max_calls_per_payer;
            server.cover_patience = std::chrono::seconds(config_.cover_seconds);
            server.cache_bytes = config_.cache_bytes;
            server.max_tokens_per_call = config_.max_tokens_per_call;
            server.tell = tell;
            DURE_TRY(answer_server_, AnswerServer::open(io_, *chain_, *library_, *inference_, *submitter_,
                                                        key_, std::move(server)));
        }
        std::shared_ptr<const ChallengeMint> challenges;
        if (config_.server) {
            DURE_TRY(const ChallengeMint::Key secret,
                     ChallengeMint::open_key(config_.data_dir / k_challenge_key_file));
            challenges = std::make_shared<const ChallengeMint>(secret, k_realm, k_challenge_seconds);
        }
        const ApiParts parts{*chain_,
                             *blobs_,
                             *peers_,
                             answer_server_.get(),
                             contributor_.get(),
                             key_.account(),
                             roles(),
                             trainer::device_kind_name(device),
                             std::move(challenges),
                             config_.data_dir};
        HttpServerConfig http;
        http.listen = config_.api_listen;
        api_ = std::make_unique<Api>(io_, std::move(http), parts);
        return {};
    }

    Status start() {
        DURE_CHECK(api_->start());
        DURE_CHECK(peers_->start());
        chain_->start();
        sweep_handle_ = chain_->on_final([this](const protocol::Block& block, const ledger::BlockOutcome&) {
            if (block.header.height.value % k_blocks_between_sweeps == 0) sweep();
        });
        chain_->on_evidence([this](const protocol::Evidence& evidence) {
            asio::co_spawn(io_, report(*submitter_, evidence), asio::detached);
        });
        if (contributor_) contributor_->start();
        if (answer_server_) answer_server_->start();
        registrar_->start(registration());
        started_ = true;
        spdlog::info("node {} is at height {} of chain {}", key_.account().address(),
                     chain_->head().height.value, chain_->chain_id().hex());
        return {};
    }

    void stop() {
        if (!started_) return;
        started_ = false;
        api_->stop();
        registrar_->stop();
        if (answer_server_) answer_server_->stop();
        if (contributor_) contributor_->stop();
        submitter_->stop();
        chain_->off(sweep_handle_);
        chain_->on_evidence({});
        if (inference_) inference_->stop();
        if (worker_) worker_->stop();
        peers_->stop();
    }

    const Account& account() const { return key_.account(); }
    std::string peer_endpoint() const { return peers_->endpoint(); }
    std::string api_endpoint() const { return api_->endpoint(); }
    Chain& chain() { return *chain_; }
    Blobs& blobs() { return *blobs_; }
    Peers& peers() { return *peers_; }
    Submitter& submitter() { return *submitter_; }

  private:
    std::vector<std::string> roles() const {
        std::vector<std::string> names;
        if (config_.validator) names.emplace_back("validator");
        if (config_.trainer) names.emplace_back("trainer");
        if (config_.server) names.emplace_back("server");
        return names;
    }

    /// Known when the listeners are bound.
    Registration registration() const {
        Registration wanted;
        wanted.sells = config_.server;
        wanted.trains = config_.trainer;
        wanted.endpoint = reachable_address(peers_->endpoint(), "", config_.peers);
        wanted.service = config_.api_advertised;
        if (wanted.service.empty()) {
            const std::string address =
                reachable_address(api_->endpoint(), peers_->endpoint(), config_.peers);
            if (!address.empty()) wanted.service = "http://" + address;
        }
        wanted.price_per_input_token = config_.price_per_input_token;
        wanted.price_per_output_token = config_.price_per_output_token;
        wanted.bond = config_.server_bond;
        if (wanted.sells && wanted.service.empty()) {
            spdlog::warn(
                "buyers are not told where to ask this node, because {} is reached from this machine only; "
                "set "
                "api.listen or api.advertised",
                api_->endpoint());
        }
        return wanted;
    }

    void sweep() {
        // An old state knows nothing of the newest blobs.
        if (chain_->syncing()) return;
        const RetentionRule rule{.checkpoints = config_.keep_checkpoints, .rounds = config_.keep_rounds};
        const std::set<Hash> in_use = blobs_in_use(chain_->state(), chain_->genesis().model, rule);
        const std::set<Hash> spent = spent_states(chain_->state(), rule);
        for (const Hash& name : retention_->sweep(store_->list(), in_use, spent, chain_->head().height)) {
            spdlog::debug("blob {} is of no more use and removed", name.hex());
            store_->remove(name);
        }
    }

    asio::io_context& io_;
    const NodeConfig config_;
    const SecretKey key_;
    std::unique_ptr<Peers> peers_;
    std::unique_ptr<Chain> chain_;
    std::unique_ptr<BlobStore> store_;
    std::unique_ptr<Blobs> blobs_;
    std::unique_ptr<Library> library_;
    std::unique_ptr<Submitter> submitter_;
    std::unique_ptr<Registrar> registrar_;
    std::unique_ptr<WorkshopThread> worker_;
    std::unique_ptr<WorkshopThread> inference_;
    std::unique_ptr<Contributor> contributor_;
    std::unique_ptr<AnswerServer> answer_server_;
    std::unique_ptr<Api> api_;
    std::optional<Retention> retention_;
    std::uint64_t sweep_handle_ = 0;
    bool started_ = false;
};

Result<std::unique_ptr<Node>> Node::open(asio::io_context& io, const NodeConfig& config, const SecretKey& key,
                                         RoleHooks hooks) {
    auto core = std::make_unique<Core>(io, config, key);
    DURE_CHECK(core->open(std::move(hooks)));
    return std::unique_ptr<Node>(new Node(std::move(core)));
}

Node::Node(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Node::~Node() = default;

Status Node::start() {
    return core_->start();
}
void Node::stop() {
    core_->stop();
}
const Account& Node::account() const {
    return core_->account();
}
std::string Node::peer_endpoint() const {
    return core_->peer_endpoint();
}
std::string Node::api_endpoint() const {
    return core_->api_endpoint();
}
Chain& Node::chain() {
    return core_->chain();
}
Blobs& Node::blobs() {
    return core_->blobs();
}
Peers& Node::peers() {
    return core_->peers();
}
Submitter& Node::submitter() {
    return core_->submitter();
}

Result<SecretKey> load_node_key(const std::filesystem::path& file, const std::string& password) {
    DURE_TRY(const std::string text,
             read_small_file(file, k_max_key_file_bytes, "dure init makes a node's key"));
    struct stat about {};
    if (::stat(file.c_str(), &about) != 0) return Error{ErrorCode::io, "cannot look at " + file.string()};
    if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return Error{
            ErrorCode::conflict,
            file.string() + " can be read by others than its owner; run: chmod 600 " + file.string()};
    }
    Result<KeyFile> key_file = key_file_from_text(text);
    if (!key_file) return with_context(key_file.error(), file.string());
    if (key_file->needs_password() && password.empty())
        return Error{ErrorCode::unauthorized, file.string() + " is locked by a password"};
    Result<SecretKey> key = unlock_key(*key_file, password);
    if (!key) return with_context(key.error(), file.string());
    return key;
}

}  // namespace dure::node
