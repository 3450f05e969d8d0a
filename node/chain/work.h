// What a node does for consensus between the durable chain, the ledger and the mempool: building, executing and
// handing out blocks. Plain functions, without a loop, a clock or a socket: the node's actor calls them, and so does
// the simulator.
#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "consensus/simplex.h"
#include "ledger/records/beacon.h"
#include "node/chain/final_chain.h"
#include "node/chain/mempool.h"
#include "node/peers/messages.h"

namespace dure::node {

/// An answer to a range request ends at the first finalization after so many bytes.
inline constexpr std::size_t k_range_answer_bytes = 1024 * 1024;

/// Executes the block's ancestors that were not executed yet, then the block. Errors: `not_found` if one is
/// missing, those of Branches::execute.
Status execute_with_ancestors(FinalChain& chain, const consensus::Simplex& simplex, const BlockPtr& block);

/// This validator's hash chain of that number (ledger::ValidatorRecord::chain).
using BeaconOf = std::function<const ledger::BeaconChain&(std::uint64_t chain)>;

/// A block of what waits in the mempool, on the parent that consensus orders, by this validator. What the state has
/// outlived leaves the mempool. Errors: `not_found` (the parent's state is not here), `unavailable` (the beacon chain
/// is used up), `internal` (the node must stop), those of Branches::assemble.
Result<protocol::Block> build_block(FinalChain& chain, const consensus::Simplex& simplex, Mempool& mempool,
                                    const BeaconOf& beacon_of, const Account& self,
                                    const consensus::BuildBlock& order);

/// What of a commit is not final here yet, the finalization at its end; maybe nothing.
std::vector<BlockToCommit> blocks_to_commit(const FinalChain& chain, const consensus::Commit& order);

/// Forgets what this block, which has just become final, has settled.
void settle(Mempool& mempool, const ledger::StateReader& state, const protocol::Block& block);

/// Errors: those of reading the log; the node must stop then.
Result<BlockResponse> answer(const FinalChain& chain, const consensus::Simplex& simplex,
                             const BlockRequest& request);
Result<RangeResponse> answer(const FinalChain& chain, const RangeRequest& request);

/// Whether the block in an answer is the one that was asked for.
bool is_the_one_asked_for(const BlockResponse& response);

}  // namespace dure::node
