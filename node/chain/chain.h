// The chain as the rest of the node sees it: its final state, its blocks, a place to hand in transactions.
//
// Promises: what `head` and `state` show is final and durable; a block is announced by `on_final` once, in
// the order of heights, also those that were fetched from others after an absence; what was final before a
// crash is final after it. With a validator's key it takes part in agreement; a node whose consensus journal
// is lost or damaged follows but signs nothing, and says so.
//
// Everything runs on the io_context's single thread, but the checking of signatures, which a small pool does,
// and RocksDB's writes.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/keys.h"
#include "base/protocol/block.h"
#include "base/protocol/transaction.h"
#include "base/protocol/vote.h"
#include "base/result.h"
#include "ledger/execution.h"
#include "ledger/records/genesis.h"
#include "ledger/state/proof.h"
#include "ledger/state/reader.h"
#include "node/chain/beacon_secret.h"
#include "node/chain/versions.h"
#include "node/peers/peers.h"

namespace dure::node {

struct ChainConfig {
    std::filesystem::path data_directory{};  ///< created if it does not exist; locked while the chain is open
    std::optional<SecretKey> validator_key{};  ///< none: follow without voting
    std::chrono::milliseconds delta{
        500};  ///< assumed bound on a message's way, from which the timers of consensus follow
    std::chrono::milliseconds block_interval{1'000};    ///< the least time between two blocks
    std::uint64_t beacon_links = k_beacon_chain_links;  ///< as in genesis
    std::uint64_t journal_compaction_bytes =
        std::uint64_t{4} << 20;     ///< a longer consensus journal is cut down to what is still needed
    std::uint64_t keep_blocks = 0;  ///< so many of the newest blocks at least; 0: all
    unsigned signature_threads = 1;
    std::size_t max_pending_transactions = 50'000;
    std::size_t max_pending_bytes = std::size_t{64} << 20;
    std::size_t max_pending_per_sender = 1'024;
    /// Protocol versions that this program can run. It stops before the first block of another one.
    std::vector<std::uint32_t> versions = known_versions();
};

struct Head {
    protocol::Height height;  ///< 0: only genesis
    Hash block;               ///< its hash; genesis's block hash at height 0
};

/// Where a final transaction stands and what came of it.
struct TransactionRecord {
    protocol::Height height;
    std::uint32_t position = 0;  ///< within its block
    bool ok = false;
    BoundedString<64> code;       ///< the error's code if not ok
    BoundedString<1024> message;  ///< its message
    static constexpr auto fields() {
        using T = TransactionRecord;
        return std::tuple(&T::height, &T::position, &T::ok, &T::code, &T::message);
    }
};

/// A value of the state with what is needed to check it against the validators' keys alone: `proof` leads to
/// header.state_root, which is the root after the parent of that header's block; `finalization` finalizes
/// that block.
struct ProvenValue {
    protocol::Header header;
    protocol::Certificate finalization;
    std::optional<Bytes> value;
    ledger::StateProof proof;
};

/// Counters for metrics; they only grow unless said otherwise.
struct ChainCounters {
    std::uint64_t blocks = 0;         ///< committed since the start
    std::uint64_t transactions = 0;   ///< in them
    std::uint64_t blocks_synced = 0;  ///< of them, fetched from others after an absence
    std::uint64_t signatures_checked = 0;
    std::uint64_t admitted = 0;
    std::uint64_t refused = 0;
    std::uint64_t pending = 0;  ///< now in the mempool
    std::uint64_t slot = 0;     ///< consensus's slot now
    std::uint64_t proposals_built = 0;
    std::uint64_t proposals_final = 0;  ///< blocks that were final after this node had seen them proposed
    std::chrono::nanoseconds proposals_wait{
        0};  ///< of these, from the proposal's coming to their being final, in all
    std::optional<std::chrono::system_clock::time_point>
        last_final{};  ///< when the newest block became final here
};

class Chain {
  public:
    /// Opens or creates the data directory, executes again what was not flushed, rebuilds the tree. Errors:
    /// `conflict` (another process holds the directory), `corrupt` (with the file and what to do), `invalid`
    /// (another chain's directory; a beacon chain that is not genesis's), `io`, `unavailable` (the chain runs a
    /// protocol version that is not known).
    static Result<std::unique_ptr<Chain>> open(boost::asio::io_context& io, const ledger::Genesis& genesis,
                                               ChainConfig config, Peers& peers);
    ~Chain();
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;

    /// Begins to follow and, with a key, to vote.
    void start();

    const ledger::Genesis& genesis() const;
    const Hash& chain_id() const;

    Head head() const;
    /// Of the state *after* the head. Waits for its tree, which after a large block takes some tens of milliseconds.
    Hash state_root() const;
    /// The final state; valid until control goes back to the io_context (a commit changes it).
    const ledger::StateReader& state() const;
    /// True while others are known to be ahead.
    bool syncing() const;
    /// True if this node may sign: it has a key of the validator set and an undamaged journal.
    bool voting() const;
    /// What to tell people if the chain is going to run a protocol version that is not known here; else empty.
    std::string upgrade_warning() const;

    /// Checks a transaction (form, signatures, nonce, fee) and takes it into the mempool, from where it
    /// spreads. Ok means admitted, not final.
    boost::asio::awaitable<Status> submit(protocol::Transaction transaction);
    /// The same for many at once: their signatures are checked in parallel; one status each.
    boost::asio::awaitable<std::vector<Status>> submit(std::vector<protocol::Transaction> transactions);

    /// Called for each block when it has become final and durable. The handle is for `off`.
    std::uint64_t on_final(std::function<void(const protocol::Block&, const ledger::BlockOutcome&)> handler);
    void off(std::uint64_t handle);

    /// Called when consensus has seen a validator sign twice; once for each validator and slot.
    void on_evidence(std::function<void(const protocol::Evidence&)> handler);

    /// Called once if the node must stop: its disk fails, its state contradicts the chain's, the chain itself is
    /// broken, or goes on with a protocol version that is not known. Nothing is signed or committed from then on.
    void on_halt(std::function<void(const Error&)> handler);

    /// Errors: `not_found`; `expired` for a block that was deleted here to save space.
    Result<protocol::Block> block(protocol::Height height) const;
    /// What made the block at this height final, where it was the last one of its commit: always so for the last
    /// block of an epoch. Errors: `not_found`.
    Result<protocol::Certificate> finalization(protocol::Height height) const;
    std::optional<TransactionRecord> transaction(const Hash& id) const;
    bool is_pending(const Hash& id) const;

    /// Errors: `unavailable` before the second block is final.
    Result<ProvenValue> prove(ByteView key) const;

    /// The nonce for the account's next transaction, those in the mempool counted.
    std::uint64_t next_nonce(const Account& account) const;

    ChainCounters counters() const;

  private:
    class Core;
    explicit Chain(std::shared_ptr<Core> core);
    std::shared_ptr<Core> core_;
};

}  // namespace dure::node
