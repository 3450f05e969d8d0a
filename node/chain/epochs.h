// The epoch that runs by the final chain, in the words in which consensus and block sync are told of it.
#pragma once

#include <optional>

#include "base/result.h"
#include "consensus/config.h"
#include "consensus/events.h"
#include "ledger/state/reader.h"
#include "node/chain/block_sync.h"
#include "node/chain/final_chain.h"

namespace dure::node {

/// The epoch of the next block, and where the chain stands in it.
struct RunningEpoch {
    BlockSync::Voters voters;
    Hash leader_seed;
    std::uint32_t version = 0;  ///< of the protocol
    Hash root;
    protocol::Height root_height;
    std::optional<protocol::Certificate> root_finalization;
    std::optional<consensus::FinalBlock> newest;  ///< none: the chain's head is the epoch's root

    /// For consensus; chain id, signer, verifier and timing are those of `fixed`.
    consensus::Config config(consensus::Config fixed) const;
};

/// The epoch of the block after the one whose state this is, and who votes in it.
BlockSync::Voters voters_after(const ledger::StateReader& state);

/// Errors: those of reading the block log; the node must stop then.
Result<RunningEpoch> running_epoch(const FinalChain& chain);

}  // namespace dure::node
