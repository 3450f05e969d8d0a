#include "node/chain/core.h"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>

#include "ledger/records/beacon.h"
#include "ledger/views.h"
#include "node/chain/beacon_secret.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

MempoolLimits limits_of(const ChainConfig& config) {
    return {.transactions = config.max_pending_transactions,
            .bytes = config.max_pending_bytes,
            .per_sender = config.max_pending_per_sender};
}

BlockSync::Timing sync_timing_of(const ChainConfig& config) {
    BlockSync::Timing timing;
    timing.stalled = std::max<std::chrono::milliseconds>(6 * config.delta, 3 * config.block_interval);
    return timing;
}

}  // namespace

Chain::Core::Core(asio::io_context& io, ledger::Genesis genesis, ChainConfig config, Peers& peers)
    : io_(io),
      genesis_(std::move(genesis)),
      chain_id_(genesis_.chain_id()),
      config_(std::move(config)),
      peers_(peers),
      mempool_(limits_of(config_)),
      signatures_(io, config_.signature_threads),
      sync_(chain_id_, {{}, genesis_.validator_set(), {}}, sync_timing_of(config_)),
      tick_(io),
      gossip_timer_(io) {}

Status Chain::Core::open() {
    DURE_CHECK(genesis_.check());
    DURE_TRY(lock_, DirectoryLock::take(config_.data_directory));
    DURE_TRY(auto journal, open_journal(Files::of_system(), config_.data_directory, chain_id_));
    DURE_TRY(chain_,
             FinalChain::open(system_disk(io_), genesis_, config_.data_directory,
                              [this](const Error& error) { halt(error); }, {.blocks = config_.keep_blocks}));
    DURE_CHECK(open_agreement(std::move(journal)));
    const Head head = chain_->head();
    sync_.advanced(head.height, head.block, std::chrono::steady_clock::now());
    return {};
}

/// What does not change from epoch to epoch. The signer counts wherever its account is in the set.
consensus::Config Chain::Core::fixed_config() const {
    return {.chain_id = chain_id_,
            .epoch = {},
            .validators = {},
            .leader_seed = {},
            .root = {},
            .root_height = {},
            .signer = config_.validator_key
                          ? std::make_shared<const consensus::KeySigner>(*config_.validator_key)
                          : nullptr,
            .may_sign = false,
            .verifier = nullptr,
            .timing = {.delta = config_.delta, .min_block_interval = config_.block_interval}};
}

Status Chain::Core::open_agreement(JournalAtStart journal) {
    DURE_CHECK(require_known_version(config_.versions, chain_->state()));
    warn_of_upgrade();
    DURE_TRY(RunningEpoch running, running_epoch(*chain_));
    entered_ = running.voters.epoch;
    if (config_.validator_key) DURE_CHECK(open_beacon());
    DURE_TRY(auto opened, open_consensus(running.config(fixed_config()), running.newest, std::move(journal)));
    silence_ = opened.silence;
    sync_.entered(std::move(running.voters));
    agreement_ = std::make_shared<Agreement>(io_, std::move(opened.simplex), std::move(opened.journal),
                                             config_.journal_compaction_bytes, duties());
    return {};
}

/// After a commit: consensus and sync go on in the epoch of the next block.
void Chain::Core::enter_epoch_if_due() {
    if (ledger::current_epoch(chain_->state()) == entered_) return;
    if (auto known = require_known_version(config_.versions, chain_->state()); !known)
        return halt(known.error());
    auto running = running_epoch(*chain_);
    if (!running) return halt(running.error());
    entered_ = running->voters.epoch;
    consensus::Config config = running->config(fixed_config());
    const bool was_silent = silence_.kept();
    config.may_sign = silence_.ends_with(entered_, !syncing());
    if (was_silent && config.may_sign)
        spdlog::warn("consensus: epoch {} begins; from here on this node signs again", entered_.value);
    spdlog::info("consensus: epoch {} begins after height {}, with {} validators", entered_.value,
                 running->root_height.value, running->voters.validators.validators.size());
    sync_.entered(std::move(running->voters));
    agreement_->post(consensus::EnterEpoch{std::move(config), running->newest});
}

void Chain::Core::warn_of_upgrade() const {
    if (const std::string warning = upgrade_warning(); !warning.empty()) spdlog::warn("chain: {}", warning);
}

Status Chain::Core::open_beacon() {
    for (const ledger::GenesisValidator& validator : genesis_.validators) {
        if (validator.account != config_.validator_key->account() || validator.beacon_link == beacon(0).tip())
            continue;
        return Error{ErrorCode::invalid, "genesis names another beacon chain for " +
                                             validator.account.address() + " than this key's of " +
                                             std::to_string(config_.beacon_links) +
                                             " links: make genesis with the same number of links"};
    }
    return {};
}

const ledger::BeaconChain& Chain::Core::beacon(std::uint64_t chain) {
    const auto known = beacons_.find(chain);
    if (known != beacons_.end()) return known->second;
    return beacons_.emplace(chain, beacon_chain_of(*config_.validator_key, config_.beacon_links, chain))
        .first->second;
}

void Chain::Core::start() {
    if (started_) return;
    started_ = true;
    listen();
    learn_registered_peers();
    agreement_->post(consensus::Start{});
    spawn([self = shared_from_this()] { return self->tend(); });
}

void Chain::Core::stop() {
    if (stopped_) return;
    stopped_ = true;
    for (const std::uint64_t handle : peer_handles_)
        peers_.off(handle);
    final_handlers_.clear();
    halt_handler_ = {};
    evidence_handler_ = {};
    tick_.cancel();
    gossip_timer_.cancel();
    if (agreement_) agreement_->stop();
    signatures_.stop();
    chain_.reset();
    lock_.reset();
}

/// Consensus and sync end here; the state can still be read.
void Chain::Core::halt(const Error& reason) {
    if (halted_ || stopped_) return;
    halted_ = true;
    spdlog::critical("chain: this node must stop: {}", reason.message);
    if (agreement_) agreement_->stop();
    asio::post(io_, [self = shared_from_this(), reason] {
        if (self->halt_handler_) self->halt_handler_(reason);
    });
}

std::uint64_t Chain::Core::on_final(FinalHandler handler) {
    final_handlers_.emplace(++last_handle_, std::move(handler));
    return last_handle_;
}

ChainCounters Chain::Core::counters() const {
    ChainCounters counters = counters_;
    counters.pending = mempool_.size();
    counters.signatures_checked = signatures_.checked();
    counters.slot = agreement_->simplex().current_slot().value;
    return counters;
}

// ---- The front
// ---------------------------------------------------------------------------------------------

Chain::Chain(std::shared_ptr<Core> core) : core_(std::move(core)) {}
Chain::~Chain() {
    core_->stop();
}

Result<std::unique_ptr<Chain>> Chain::open(asio::io_context& io, const ledger::Genesis& genesis,
                                           ChainConfig config, Peers& peers) {
    auto core = std::make_shared<Core>(io, genesis, std::move(config), peers);
    if (auto opened = core->open(); !opened) {
        core->stop();
        return std::move(opened).error();
    }
    return std::unique_ptr<Chain>(new Chain(std::move(core)));
}

void Chain::start() {
    core_->start();
}
const ledger::Genesis& Chain::genesis() const {
    return core_->genesis();
}
const Hash& Chain::chain_id() const {
    return core_->chain_id();
}
Head Chain::head() const {
    return core_->chain().head();
}
Hash Chain::state_root() const {
    return core_->chain().state_root();
}
const ledger::StateReader& Chain::state() const {
    return core_->chain().state();
}
bool Chain::syncing() const {
    return core_->syncing();
}
bool Chain::voting() const {
    return core_->voting();
}

std::string Chain::upgrade_warning() const {
    return core_->upgrade_warning();
}

asio::awaitable<Status> Chain::submit(protocol::Transaction transaction) {
    std::vector<protocol::Transaction> one;
    one.push_back(std::move(transaction));
    const auto core = core_;
    auto statuses = co_await core->submit(std::move(one));
    co_return statuses.front();
}

asio::awaitable<std::vector<Status>> Chain::submit(std::vector<protocol::Transaction> transactions) {
    const auto core = core_;
    co_return co_await core->submit(std::move(transactions));
}

std::uint64_t Chain::on_final(
    std::function<void(const protocol::Block&, const ledger::BlockOutcome&)> handler) {
    return core_->on_final(std::move(handler));
}
void Chain::off(std::uint64_t handle) {
    core_->off(handle);
}
void Chain::on_evidence(std::function<void(const protocol::Evidence&)> handler) {
    core_->on_evidence(std::move(handler));
}
void Chain::on_halt(std::function<void(const Error&)> handler) {
    core_->on_halt(std::move(handler));
}

Result<protocol::Block> Chain::block(protocol::Height height) const {
    if (height == protocol::Height{}) return ledger::genesis_block(core_->genesis());
    DURE_TRY(FinalBlock stored, core_->chain().log().read(height));
    return std::move(stored.block);
}

Result<protocol::Certificate> Chain::finalization(protocol::Height height) const {
    DURE_TRY(FinalBlock stored, core_->chain().log().read(height));
    if (!stored.finalization) {
        return Error{ErrorCode::not_found,
                     "block " + to_text(height) + " became final with a later one, which this node can show"};
    }
    return std::move(*stored.finalization);
}

std::optional<TransactionRecord> Chain::transaction(const Hash& id) const {
    return core_->chain().transaction(id);
}
bool Chain::is_pending(const Hash& id) const {
    return core_->mempool().contains(id);
}
Result<ProvenValue> Chain::prove(ByteView key) const {
    return core_->chain().prove(key);
}

std::uint64_t Chain::next_nonce(const Account& account) const {
    return core_->mempool().next_nonce(account, ledger::account(core_->chain().state(), account).nonce);
}

ChainCounters Chain::counters() const {
    return core_->counters();
}

}  // namespace dure::node
