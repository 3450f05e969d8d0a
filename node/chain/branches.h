// The blocks that were executed on top of the newest final one, each with its state as an overlay on its
// parent's, its tree, its outcome. One of them becomes final; then its siblings and their descendants are
// dropped. Pure but for reading the final state.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

#include "base/hash.h"
#include "base/protocol/block.h"
#include "base/result.h"
#include "ledger/execution.h"
#include "ledger/state/overlay.h"
#include "node/chain/pending_tree.h"
#include "node/storage/state_store.h"

namespace dure::node {

using BlockPtr = std::shared_ptr<const protocol::Block>;

/// The newest final block.
struct Tip {
    protocol::Height height;
    Hash block;
    PendingTree tree;  ///< of the state after it
};

/// What a committed block leaves behind.
struct Committed {
    BlockPtr block;
    std::shared_ptr<StateBatch> batch;  ///< its changes; the rest is for the caller to fill in
    ledger::BlockOutcome outcome;
    PendingTree tree_before;
};

class Branches {
  public:
    /// `final_state` is the state after `tip`; it must outlive this, and is changed by the caller just after
    /// `commit` returns.
    Branches(const Hash& chain_id, const ledger::StateReader& final_state, Tip tip);
    ~Branches();

    const Tip& tip() const { return tip_; }
    /// True for the tip and for blocks executed on it.
    bool has(const Hash& block) const;
    /// The state after a block that is here, or null.
    const ledger::StateReader* state_after(const Hash& block) const;
    /// An executed block that is not final, or null.
    BlockPtr block(const Hash& block) const;

    /// Checks and executes a block whose parent is here; signatures are taken for granted. Nothing happens
    /// for one that is here already. Errors: `not_found` (its parent is not here), `invalid`, `internal` (an
    /// invariant is broken).
    Status execute(BlockPtr block);

    /// Makes a block of these candidates on `parent` (which is here), executes and keeps it. Errors: those of
    /// ledger::assemble_block.
    Result<ledger::AssembledBlock> assemble(const Hash& parent, const Account& proposer,
                                            const Hash& beacon_reveal,
                                            std::vector<protocol::Transaction> candidates,
                                            std::size_t max_bytes);

    /// Makes an executed child of the tip (asserted) the tip.
    Committed commit(const Hash& block);

  private:
    struct Executed;
    Status check_header(const protocol::Block& block) const;
    std::unique_ptr<Executed> prepare(const Hash& parent) const;
    /// Takes in a block that was executed.
    void keep(const Hash& hash, BlockPtr block, std::unique_ptr<Executed> executed);
    const PendingTree& tree_after(const Hash& block) const;

    Hash chain_id_;
    const ledger::StateReader& final_state_;
    Tip tip_;
    std::unordered_map<Hash, std::unique_ptr<Executed>, HashOfBytes> executed_;
};

}  // namespace dure::node
