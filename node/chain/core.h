// The actor behind node/chain/chain.h: joins the durable chain, consensus, the mempool and block sync with
// the peers. Internal to node/chain.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "ledger/records/beacon.h"
#include "node/chain/agreement.h"
#include "node/chain/block_sync.h"
#include "node/chain/chain.h"
#include "node/chain/epochs.h"
#include "node/chain/final_chain.h"
#include "node/chain/mempool.h"
#include "node/chain/recovery.h"
#include "node/chain/signature_pool.h"
#include "node/chain/work.h"
#include "node/storage/files.h"

namespace dure::node {

/// Transactions a peer may have waiting for their signatures' check; more are not taken from it for the
/// moment.
inline constexpr std::size_t k_max_unchecked_per_peer = 2 * k_max_gossiped_transactions;
/// Proposals whose way to finality is timed at once.
inline constexpr std::size_t k_max_timed_proposals = 1'024;

class Chain::Core : public std::enable_shared_from_this<Chain::Core> {
  public:
    using FinalHandler = std::function<void(const protocol::Block&, const ledger::BlockOutcome&)>;

    Core(boost::asio::io_context& io, ledger::Genesis genesis, ChainConfig config, Peers& peers);
    Status open();
    void start();
    void stop();

    // core.cpp: what the front asks for.
    const ledger::Genesis& genesis() const { return genesis_; }
    const Hash& chain_id() const { return chain_id_; }
    const FinalChain& chain() const { return *chain_; }
    const Mempool& mempool() const { return mempool_; }
    bool syncing() const { return sync_.best_known() > chain_->head().height + 2; }
    bool voting() const { return agreement_->simplex().signs() && !halted_; }
    std::string upgrade_warning() const { return node::upgrade_warning(config_.versions, chain_->state()); }
    ChainCounters counters() const;
    boost::asio::awaitable<std::vector<Status>> submit(std::vector<protocol::Transaction> transactions);
    std::uint64_t on_final(FinalHandler handler);
    void off(std::uint64_t handle) { final_handlers_.erase(handle); }
    void on_evidence(std::function<void(const protocol::Evidence&)> handler) {
        evidence_handler_ = std::move(handler);
    }
    void on_halt(std::function<void(const Error&)> handler) { halt_handler_ = std::move(handler); }

  private:
    Status open_agreement(JournalAtStart journal);
    Status open_beacon();
    const ledger::BeaconChain& beacon(std::uint64_t chain);
    consensus::Config fixed_config() const;
    void enter_epoch_if_due();
    void warn_of_upgrade() const;
    void halt(const Error& reason);

    // duties.cpp: what consensus orders.
    AgreementDuties duties();
    void build(const consensus::BuildBlock& order);
    boost::asio::awaitable<void> validate(Hash hash, BlockPtr block);
    void commit(const consensus::Commit& order);
    void fetch(const consensus::FetchBlock& order);
    /// Commits what follows on the head and tells everybody. False if the node had to stop.
    bool commit_blocks(const std::vector<BlockToCommit>& blocks);
    void after_final(const protocol::Block& block, const ledger::BlockOutcome& outcome);
    void note_proposal(const Hash& hash, protocol::Height height);
    void count_final(const protocol::Block& block);

    // exchange.cpp: what peers send.
    void listen();
    void learn_registered_peers();
    void greet(const Account& peer);
    ChainStatus own_status() const;
    boost::asio::awaitable<void> take_transactions(Account from,
                                                   std::vector<protocol::Transaction> transactions);
    boost::asio::awaitable<std::vector<Status>> admit(std::vector<protocol::Transaction> transactions,
                                                      const Account* from);
    void gossip(const protocol::Transaction& transaction);
    void flush_gossip();
    void answer(const Account& from, const BlockRequest& request);
    void answer(const Account& from, const RangeRequest& request);
    void take(const Account& from, const BlockResponse& response);
    void take(const Account& from, const RangeResponse& response);
    boost::asio::awaitable<void> tend();
    template <class F>
    void spawn(F coroutine) {
        boost::asio::co_spawn(io_, std::move(coroutine), boost::asio::detached);
    }

    boost::asio::io_context& io_;
    const ledger::Genesis genesis_;
    const Hash chain_id_;
    const ChainConfig config_;
    Peers& peers_;

    std::optional<DirectoryLock> lock_;
    std::unique_ptr<FinalChain> chain_;
    std::shared_ptr<Agreement> agreement_;
    std::map<std::uint64_t, ledger::BeaconChain> beacons_;  ///< by number
    Mempool mempool_;
    SignaturePool signatures_;
    BlockSync sync_;
    Silence silence_;
    protocol::Epoch entered_;
    bool started_ = false;
    bool stopped_ = false;
    bool halted_ = false;

    boost::asio::steady_timer tick_;
    boost::asio::steady_timer gossip_timer_;
    bool gossip_waits_ = false;
    std::vector<protocol::Transaction> outbox_;
    std::size_t outbox_bytes_ = 0;
    std::map<Account, std::size_t> unchecked_;
    std::set<Hash> validating_;
    struct Proposal {
        protocol::Height height;
        std::chrono::steady_clock::time_point came;
    };
    std::map<Hash, Proposal> proposals_;  ///< that are not final yet, for the counters
    std::optional<Account> last_fetched_from_;
    std::chrono::steady_clock::time_point last_status_{};

    std::uint64_t last_handle_ = 0;
    std::map<std::uint64_t, FinalHandler> final_handlers_;
    std::function<void(const Error&)> halt_handler_;
    std::function<void(const protocol::Evidence&)> evidence_handler_;
    std::vector<std::uint64_t> peer_handles_;
    ChainCounters counters_;
};

}  // namespace dure::node
