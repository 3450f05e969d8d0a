// A whole network in one thread and in virtual time: nodes with disks that tear, links that lose, double,
// delay and reorder, partitions, and validators that cheat. One seed gives one run, bit for bit.
//
// World and lines are the simulator's (tools/sim), which runs whole nodes on them; here Simplex runs alone, with an
// executor and a disk of a few lines. The network plays the node's part for each Simplex (journal, block log, validation, fetching, syncing by heights)
// and checks after every effect: no two different final blocks at a height, no honest validator convicted.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "consensus/simplex.h"
#include "tools/sim/links.h"
#include "tools/sim/oracle.h"
#include "tools/sim/world.h"

namespace dure::consensus::test {

enum class Role {
    honest,
    silent,  ///< never there
    twins,   ///< two machines with one key, each talking to one half: equivocates in everything, consistently
    selective,  ///< honest words, but each reaches only a random part of the network
    liar,       ///< signs votes and proposals at random, for random listeners
};

/// Mistakes planted in the nodes, to show that the checks find them.
struct Planted {
    bool journal_is_forgotten = false;    ///< a restart begins with an empty journal and signs
    bool persists_nothing = false;        ///< says "durable" at once and is not
    bool own_votes_do_not_count = false;  ///< after a restart, own votes stay out of the own tally
    bool never_ticks = false;
    bool gets_no_blocks = false;
    bool counts_the_old_set = false;           ///< the first set's weights in every epoch
    bool builds_on_the_last_block = false;     ///< an epoch's last height is one too high
    bool enters_before_it_is_durable = false;  ///< the next epoch, before the block log has the last block
};

struct Scenario {
    std::uint64_t seed = 0;
    std::vector<std::uint64_t> weights{1, 1, 1, 1};
    std::vector<Role> roles{};  ///< missing ones are honest
    bool real_signatures = false;
    Timing timing{.delta = Duration{100}, .min_block_interval = Duration{0}};
    Duration delay_min{5}, delay_max{40};
    double loss = 0, duplication = 0, straggling = 0;  ///< a straggler takes up to 2 s
    double crashes_per_second = 0;                     ///< of each honest node
    double partitions_per_second = 0;
    double invalid_blocks = 0, unanswered_validations = 0;
    std::uint64_t epoch_blocks = 0;  ///< 0: one epoch; else each has a set of its own
    Planted planted{};
};

/// A marker that proposers of bad blocks leave, and that honest nodes' validation finds.
bool is_bad(const protocol::Block& block);
/// FNV-1a: for frames on a simulated disk, and for traces.
std::uint32_t checksum(ByteView bytes);

class Network {
  public:
    explicit Network(Scenario scenario);

    void run_for(Duration duration);
    /// From now on: no loss, no partition, no crash; whoever is down comes up.
    void heal();

    void crash(std::size_t node);
    void restart(std::size_t node);
    /// Takes a node down and leaves it there until restart.
    void isolate(std::size_t node);

    Time now() const { return world_.now(); }
    std::size_t size() const { return nodes_.size(); }
    bool honest(std::size_t node) const { return nodes_[node].role == Role::honest; }
    const Simplex& core(std::size_t node) const { return *nodes_[node].core; }
    /// The newest final height that each honest node has handed out.
    std::uint64_t lowest_height() const;
    std::uint64_t highest_height() const { return final_.empty() ? 0 : final_.rbegin()->first; }
    /// What went wrong, in words; empty if nothing did.
    const std::vector<std::string>& violations() const { return violations_; }
    std::size_t evidence() const { return evidence_; }
    std::size_t syncs() const { return syncs_; }
    std::size_t torn_tails() const { return torn_tails_; }
    /// Of the newest final block.
    std::uint64_t epochs() const { return index_of({highest_height()}); }
    /// A digest of every effect of the run.
    std::uint64_t trace() const { return world_.trace(); }
    /// All effects of honest nodes pass here, too.
    std::function<void(std::size_t node, const Effect&)> watch;

  private:
    struct LogEntry {
        std::vector<BlockPtr> blocks;
        protocol::Certificate finalization;
    };
    struct Node {
        Role role = Role::honest;
        Account account;
        std::optional<Simplex> core;
        std::uint64_t life = 0;  // changes with each crash, so that old timers and disk answers are void
        Bytes journal;           // the file's bytes
        std::size_t journal_durable = 0;  // so many of them survive for sure
        std::uint64_t renewals = 0;
        std::uint64_t last_record = 0;
        bool sync_under_way = false;
        std::vector<LogEntry> block_log;
        std::size_t block_log_durable = 0;
        std::map<Hash, BlockPtr> blocks;  // of the block log
        std::optional<Time> down_until;
        Time grown_at{};                          // its block log
        std::size_t twin = 0;                     // twins only: the other half
        std::uint64_t hears = ~std::uint64_t{0};  // bitmap of nodes that hear it
    };
    std::uint64_t below(std::uint64_t bound) { return world_.chance.below(bound); }
    Duration between(Duration low, Duration high) { return world_.chance.between(low, high); }

    void at(Duration delay, std::size_t node, std::function<void()> act);
    void open(std::size_t node, std::span<const Bytes> records);
    void feed(std::size_t node, Event event);
    void carry_out(std::size_t node, Effect& effect);
    void do_effect(std::size_t node, Persist& effect);
    void do_effect(std::size_t node, RenewJournal& effect);
    void do_effect(std::size_t node, Broadcast& effect);
    void do_effect(std::size_t node, Send& effect);
    void do_effect(std::size_t node, BuildBlock& effect);
    void do_effect(std::size_t node, ValidateBlock& effect);
    void do_effect(std::size_t node, Commit& effect);
    void do_effect(std::size_t node, FetchBlock& effect);
    void do_effect(std::size_t node, SyncNeeded& effect);
    void do_effect(std::size_t node, ReportEvidence& effect);
    void do_effect(std::size_t node, PeerFault& effect);
    void do_effect(std::size_t node, Halt& effect);
    void do_effect(std::size_t node, WakeAt& effect);
    void transmit(std::size_t from, std::size_t to, const std::shared_ptr<const Message>& message);
    void lie(std::size_t node, const Message& heard);
    void sync_disk(std::size_t node);
    std::vector<Bytes> read_journal(Node& node);
    void weather();

    // network_epochs.cpp
    /// 0 for the first; the epoch that a block of this height belongs to.
    std::uint64_t index_of(protocol::Height height) const;
    protocol::ValidatorSet set_of(std::uint64_t index) const;
    /// What this node's block log says to open its Simplex with.
    std::pair<Config, std::optional<FinalBlock>> start_of(std::size_t node) const;
    void enter_epoch_if_due(std::size_t node);
    void sync_from(std::size_t node, std::size_t peer);
    void hear_statuses();
    void check_epoch(const Commit& commit);
    std::size_t random_honest();

    Scenario scenario_;
    sim::Keys keys_;
    sim::World world_;
    std::vector<Node> nodes_;
    std::optional<sim::Links> links_;
    std::uint64_t built_ = 0;
    bool healed_ = false;
    std::map<std::uint64_t, Hash> final_;  // by height
    std::vector<std::string> violations_;
    std::size_t evidence_ = 0, syncs_ = 0, torn_tails_ = 0;
};

}  // namespace dure::consensus::test
