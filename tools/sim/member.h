// One simulated node: the real consensus, ledger, mempool, block sync, journal and block log over a simulated disk, with
// a clock of its own that is skewed and drifts. What Asio's actors do in the node (turns, timers, sending) it does in
// virtual time; what they decide it has from the same functions (node/chain/work.h, node/chain/recovery.h).
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "consensus/crypto.h"
#include "consensus/simplex.h"
#include "ledger/records/beacon.h"
#include "ledger/records/genesis.h"
#include "node/chain/block_sync.h"
#include "node/peers/messages.h"
#include "tools/sim/disk.h"
#include "tools/sim/scenario.h"
#include "tools/sim/village.h"

namespace dure::node {
struct BlockToCommit;
class Journal;
struct RunningEpoch;
}  // namespace dure::node

namespace dure::sim {

struct StoredState;

struct MemberSetup {
    std::size_t place = 0;  ///< in the network
    Role role = Role::honest;
    Account account;
    std::shared_ptr<const consensus::Signer> signer;  ///< none: an observer
    /// Its hash chains by number; none for an observer.
    std::function<const ledger::BeaconChain&(std::uint64_t)> beacon_of;
};

/// What a member does to the world, and what of it is looked at.
class Outside {
  public:
    using Message = std::shared_ptr<const node::Message>;

    virtual ~Outside() = default;
    virtual void broadcast(std::size_t from, Message message) = 0;
    virtual void send(std::size_t from, const Account& to, Message message) = 0;
    /// A block is final and durable here; `root` is its state's.
    virtual void became_final(std::size_t member, const protocol::Block& block, const Hash& hash,
                              const Hash& root) = 0;
    /// A start has found this head on the disk.
    virtual void came_up(std::size_t member, protocol::Height height, const Hash& block,
                         const Hash& root) = 0;
    /// What runs from the next block on; and a finalization of that epoch or an earlier one, as the block log has it.
    virtual void entered(std::size_t member, const node::BlockSync::Voters& voters) = 0;
    virtual void finalized(std::size_t member, const protocol::Certificate& finalization) = 0;
    virtual void has_evidence(std::size_t member, const protocol::Evidence& evidence) = 0;
    virtual void blames(std::size_t member, const Account& peer, const std::string& why) = 0;
    /// It must stop. A disk that fails is no violation, all else is.
    virtual void stops(std::size_t member, const Error& why) = 0;
};

class Member {
  public:
    Member(World& world, const Scenario& scenario, const Village& village, MemberSetup setup,
           Outside& outside);
    ~Member();
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    /// Starts from what the disk holds; nothing happens if it is up.
    void start();
    /// The power goes, and comes back after `pause`.
    void crash(Duration pause);
    /// The process ends, and what it wrote stays with the operating system, durable or not.
    void kill(Duration pause);
    /// Nothing moves for so long; then all goes on as if no time had passed, but that it has.
    void freeze(Duration pause) { frozen_until_ = std::max(frozen_until_, world_.now() + pause); }
    /// Of the state store nothing is left; needs a member that is down.
    void lose_state();
    /// Faults end: the disk has room, and the member is up.
    void calm();
    void trouble_again();

    void hear(const Account& from, Outside::Message message);
    /// As the HTTP interface would take it.
    Status submit(const protocol::Transaction& transaction);
    /// The nonce for an account's next transaction, as this member sees it.
    std::uint64_t next_nonce(const Account& account) const;
    /// The final state of a member that is up.
    const ledger::StateReader& state() const;

    bool up() const { return life_ != nullptr; }
    bool worn() const { return setup_.role == Role::worn; }
    Disk& disk() { return disk_; }
    const MemberSetup& setup() const { return setup_; }
    /// 0 while it is down.
    std::uint64_t height() const;
    std::uint64_t slot() const;
    /// The ledger's invariants, counted from scratch.
    Status recount() const;

  private:
    struct Life;
    Time local_now() const;
    Duration until(Time local) const;
    void later(Duration delay, std::function<void()> act);
    /// Runs what may lose power; true if it did not.
    void end(Duration pause);
    bool powered(const std::function<void()>& act);
    void come_up();
    Status open(Life& life);
    void mend_and_retry(const Error& why);
    void stop(const Error& why);
    consensus::Config config();
    consensus::Config epoch_config(const Life& life, const node::RunningEpoch& running) const;
    Status enter_epoch_if_due();

    void post(consensus::Event event);
    void turn();
    void finish_turn(consensus::Effects effects);
    Result<node::Journal> renew_journal(std::span<const Bytes> records);
    void tend();
    void flush_gossip();
    Status admit(const protocol::Transaction& transaction);
    bool commit_blocks(const std::vector<node::BlockToCommit>& blocks);
    void tell(node::Message message);
    void tell(const Account& to, node::Message message);

    void carry_out(consensus::Persist&) {}
    void carry_out(consensus::RenewJournal&) {}
    void carry_out(consensus::Broadcast& order);
    void carry_out(consensus::Send& order);
    void carry_out(consensus::BuildBlock& order);
    void carry_out(consensus::ValidateBlock& order);
    void carry_out(consensus::Commit& order);
    void carry_out(consensus::FetchBlock& order);
    void carry_out(consensus::SyncNeeded& order);
    void carry_out(consensus::ReportEvidence& order);
    void carry_out(consensus::PeerFault& order);
    void carry_out(consensus::Halt& order);
    void carry_out(consensus::WakeAt& order);
    void validate(const Hash& hash, const consensus::BlockPtr& block);
    void plant(const consensus::Effects& effects);

    void take(const Account& from, const protocol::Proposal& message);
    void take(const Account& from, const protocol::SignedVote& message);
    void take(const Account& from, const protocol::Certificate& message);
    void take(const Account& from, const node::Transactions& message);
    void take(const Account& from, const node::BlockRequest& message);
    void take(const Account& from, const node::BlockResponse& message);
    void take(const Account& from, const node::RangeRequest& message);
    void take(const Account& from, const node::RangeResponse& message);
    void take(const Account& from, const node::ChainStatus& message);
    template <class Other>
    void take(const Account&, const Other&) {}

    World& world_;
    const Scenario& scenario_;
    const Village& village_;
    const MemberSetup setup_;
    Outside& outside_;
    Disk disk_;
    std::unique_ptr<StoredState> stored_;
    std::unique_ptr<Life> life_;
    std::uint64_t lives_ = 0;
    Time frozen_until_{};
    std::int64_t clock_offset_ms_ = 0;
    std::int64_t clock_ppm_ = 0;
};

}  // namespace dure::sim
