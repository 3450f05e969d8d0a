// The durable part of the chain: what is final, on disk and in memory. Commits go block log first (one
// fdatasync), then into the state in memory; the store on disk is written behind.
//
// At start it executes the blocks that the store lacks again and holds every state root against the next
// block's header.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>

#include "base/result.h"
#include "ledger/records/genesis.h"
#include "node/chain/branches.h"
#include "node/chain/chain.h"
#include "node/chain/chain_disk.h"
#include "node/chain/flat_state.h"
#include "node/storage/block_log.h"

namespace dure::node {

/// A block to commit; the last of a commit has its finalization.
struct BlockToCommit {
    BlockPtr block;
    std::optional<protocol::Certificate> finalization;
};

/// What of the past is kept.
struct Keeping {
    std::uint64_t blocks = 0;                             ///< so many of the newest blocks at least; 0: all
    std::uint64_t segment_bytes = k_block_segment_bytes;  ///< in which blocks are deleted
};

/// Under which the index has a transaction's TransactionRecord.
Bytes transaction_key(const Hash& id);

class FinalChain {
  public:
    using Failure = std::function<void(const Error&)>;
    using Applied = std::function<void(const protocol::Block&, const ledger::BlockOutcome&)>;

    /// `failure` is called if the store cannot be written later on. Errors: as Chain::open.
    static Result<std::unique_ptr<FinalChain>> open(std::unique_ptr<ChainDisk> disk,
                                                    const ledger::Genesis& genesis,
                                                    const std::filesystem::path& directory, Failure failure,
                                                    const Keeping& keeping = {});

    Branches& branches() { return *branches_; }
    const Branches& branches() const { return *branches_; }
    const FlatState& state() const { return *flat_; }
    const BlockLog& log() const { return log_; }
    Head head() const;
    /// Of the state after the head; waits if its tree is still in the making.
    Hash state_root() const { return branches_->tip().tree.root(); }
    const Hash& genesis_block() const { return genesis_block_; }
    /// The newest final block's finalization; none at height 0.
    const std::optional<protocol::Certificate>& finalization() const { return finalization_; }
    std::optional<TransactionRecord> transaction(const Hash& id) const;
    Result<ProvenValue> prove(ByteView key) const;

    /// Makes blocks that follow on the head final: executes those that were not, appends all to the log, then
    /// moves the state over them one by one, calling `applied` after each. Errors: `invalid`, `internal`
    /// (finalized, yet not executable here), `io`; the node must stop then.
    Status commit(std::span<const BlockToCommit> blocks, const Applied& applied);

  private:
    FinalChain(std::unique_ptr<ChainDisk> disk, Failure failure, const Keeping& keeping);
    Status open_store(const ledger::Genesis& genesis, const std::filesystem::path& directory);
    Status read_store(const ledger::Genesis& genesis, const std::filesystem::path& directory);
    Status replay();
    /// Deletes old blocks that need not be kept, once the state is durable beyond them.
    Status prune();
    /// Moves the state over an executed child of the head. Returns its outcome.
    ledger::BlockOutcome apply(const Hash& block);
    void write_behind(FlatState::BatchPtr batch);

    Failure failure_;
    const Keeping keeping_;
    BlockLog log_;
    std::unique_ptr<StateStore> store_;
    std::unique_ptr<ChainDisk> disk_;  // goes before the store, which it may still be writing
    std::unique_ptr<FlatState> flat_;
    std::unique_ptr<Branches> branches_;
    Hash genesis_block_;
    std::optional<protocol::Certificate> finalization_;

    // What proofs against the newest header need, besides the values: the tree of its parent's state.
    std::optional<protocol::Header> newest_header_;
    std::optional<PendingTree> tree_before_;

    protocol::Height written_;                // height at which the store stands
    std::shared_ptr<StateBatch> held_batch_;  // the newest block's; written when the next one is final
    std::unordered_map<Hash, std::pair<protocol::Height, TransactionRecord>, HashOfBytes>
        unwritten_transactions_;
};

}  // namespace dure::node
