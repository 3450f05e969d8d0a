// Many members on one real ledger, in one thread: a block a tick, proposers in turn who reveal real links of the beacon,
// the real duties and the real work of every member, and nothing else by which they could know of one another: no
// sockets, no clock, no sleeping. The same seed gives the same village to the last bit.
//
// Promises: transactions are signed and admitted as in a node, and every invariant of the ledger is checked in every
// block. What it takes away from an honest network: messages are never lost, and a blob arrives in no time unless its
// holders refuse it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "ledger/execution.h"
#include "ledger/records/beacon.h"
#include "ledger/state/memory_state.h"
#include "ledger/views.h"
#include "node/roles/library.h"
#include "node/roles/tasks.h"
#include "node/roles/transaction_queue.h"
#include "node/roles/workshop.h"
#include "tests/adversary/behaviour.h"
#include "tests/adversary/cast.h"
#include "tests/adversary/memory_blobs.h"
#include "trainer/kernels/kernels.h"

namespace dure::adversary {

class Village;

/// What a member has, and what it has done for it.
struct Standing {
    Shares shares;  ///< of its own in any state
    Shares unvested;
    Shares lost;  ///< taken from it, all in all
    Coin coins;   ///< balance and deposit
    std::uint64_t trained_steps = 0;
    std::uint64_t replayed_steps = 0;
};

class Member {
  public:
    Member(Village& village, std::size_t number, MemberOptions options);
    /// Members' accounts are the same in every village.
    static const Account& account_of(std::size_t number);

    std::size_t number() const { return number_; }
    const Account& account() const { return key_.account(); }
    const SecretKey& key() const { return key_; }
    Village& village() { return village_; }
    Behaviour& behaviour() { return *behaviour_; }
    bool is_honest() const { return is_honest_; }
    bool is_founder() const { return !options_.bonded.is_zero(); }
    const MemberOptions& options() const { return options_; }
    bool is_here() const;
    /// Whether it acts behind the others and comes before them: with its cheat, not with its own texts, which anybody
    /// may bring early.
    bool rushes() const;

    // For behaviours.
    const ledger::StateReader& state() const;
    const trainer::Kernels& kernels() const;
    node::Library& library() { return library_; }
    std::uint64_t random() { return random_(); }
    /// Brings a transaction on its way.
    void send(ledger::Payload payload, std::optional<protocol::Height> useful_until = std::nullopt);
    Hash put(Bytes blob);
    std::optional<Bytes> fetch(const Hash& blob);
    /// Does a duty's work as an honest member.
    Result<node::Answer> work(const node::Duty& duty);

    // For the village.
    void act();
    node::TransactionQueue& queue() { return queue_; }
    void heard(node::TransactionQueue::Ticket ticket, const ledger::TransactionReceipt& receipt);
    Standing standing() const;
    void count_loss(Shares lost) { lost_ += lost; }
    void complain(std::string why) { failures_.push_back(std::move(why)); }
    /// Why transactions of its own failed.
    const std::vector<std::string>& failures() const { return failures_; }

  private:
    struct Sent {
        ledger::Payload payload;
        std::optional<protocol::Height> useful_until;
        std::uint64_t due = 0;
    };
    void arrive();
    void show_texts();
    void perform(const node::Duty& duty);

    Village& village_;
    std::size_t number_;
    MemberOptions options_;
    SecretKey key_;
    bool is_honest_;
    std::shared_ptr<Behaviour> behaviour_;
    std::mt19937_64 random_;
    MemberBlobs blobs_;
    std::unique_ptr<node::Library> library_owner_;
    node::Library& library_;
    node::InlineWorkshop workshop_;
    node::Notebook notebook_;
    node::TransactionQueue queue_;
    bool has_arrived_ = false;
    std::vector<std::pair<std::uint64_t, ledger::ShowData>> to_show_;  ///< offered texts, and from when on
    std::set<node::DutyKey> done_;
    std::vector<Sent> later_;
    std::vector<std::string> failures_;
    Shares lost_;
    std::uint64_t trained_steps_ = 0;
    std::uint64_t replayed_steps_ = 0;
};

class Village {
  public:
    static constexpr Coin k_coins{1'000 * k_grain_per_dure};  ///< that everybody begins with

    explicit Village(Cast cast);
    Village(const Village&) = delete;
    Village& operator=(const Village&) = delete;

    void tick();
    void ticks(std::size_t count);
    /// Until so many rounds are finished, decided or void. Fails the test after `most` ticks.
    void run_rounds(std::uint64_t count, std::size_t most = 2'000);

    const ledger::StateReader& state() const { return state_; }
    std::uint64_t now() const { return now_; }
    protocol::Height height() const { return ledger::head(state_).height; }
    const ledger::Genesis& genesis() const { return genesis_; }
    std::size_t size() const { return members_.size(); }
    Member& member(std::size_t number) { return *members_.at(number); }
    const Member& member(std::size_t number) const { return *members_.at(number); }
    Standing standing(std::size_t number) const { return members_.at(number)->standing(); }
    std::uint64_t decided() const;
    /// Shares taken from honest members, all in all: slashed, or forfeited by who was not there when it was his turn.
    Shares lost_by_honest() const;
    /// How often an honest member was slashed.
    std::size_t honest_slashed() const;

    /// What waits for the next block, as everybody sees it.
    const std::vector<protocol::Transaction>& waiting() const { return waiting_; }
    const std::vector<ledger::BlockOutcome>& outcomes() const { return outcomes_; }
    /// The block that the founder would propose now, executed on a copy; for who weighs withholding it.
    Result<ledger::AssembledBlock> draft(std::size_t founder, ledger::Overlay& overlay) const;

    // For members.
    BlobWorld& blobs() { return blobs_; }
    boost::asio::io_context& io() { return io_; }
    const trainer::Kernels& kernels() const { return *kernels_; }
    std::uint64_t seed() const { return cast_.seed; }

  private:
    struct Origin {
        std::size_t member = 0;
        node::TransactionQueue::Ticket ticket = 0;
    };
    void gather(std::size_t number, bool rushing);
    void propose();
    void settle(const protocol::Block& block, const ledger::BlockOutcome& outcome);
    std::vector<Shares> holdings() const;

    Cast cast_;
    boost::asio::io_context io_;
    trainer::SerialExecutor executor_;
    std::unique_ptr<trainer::Kernels> kernels_;
    BlobWorld blobs_;
    ledger::Genesis genesis_;
    ledger::MemoryState state_;
    std::vector<std::unique_ptr<Member>> members_;
    std::vector<std::size_t> founders_;  ///< who propose in turn
    std::vector<ledger::BeaconChain> beacons_;
    std::mt19937_64 random_;
    std::uint64_t now_ = 0;
    std::size_t turn_ = 0;
    std::vector<protocol::Transaction> waiting_;
    std::map<Hash, Origin> origins_;
    std::ptrdiff_t rushed_ = 0;  ///< so many of them come first
    std::vector<ledger::BlockOutcome> outcomes_;
};

}  // namespace dure::adversary
