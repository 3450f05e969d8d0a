// The ledger as a pure function: state × block → state', receipts. It knows no clock, no thread, no file and
// no random source.
//
// What it takes for granted: that the block extends the one whose state it is given (header.parent,
// header.state_root), and that the transactions' signatures were checked (protocol::check_signatures); both
// are the caller's matter, once per block and once per transaction.
#pragma once

#include <vector>

#include "base/hash.h"
#include "base/protocol/block.h"
#include "base/protocol/transaction.h"
#include "base/result.h"
#include "ledger/records/events.h"
#include "ledger/records/genesis.h"
#include "ledger/state/overlay.h"

namespace dure::ledger {

/// How far ahead of its sender's next nonce a waiting transaction may be.
inline constexpr std::uint64_t k_max_nonce_gap = 1'024;

struct TransactionReceipt {
    Hash id;
    bool ok = false;
    Error error;    ///< why its effect failed, if not ok; its fee was taken all the same
    Events events;  ///< of its effect
};

struct BlockOutcome {
    std::vector<TransactionReceipt> receipts;  ///< one a transaction, in order
    Events events;                             ///< of the block itself: phases, draws, minting, fees
};

/// Writes the state at height 0 into an empty one. Errors: those of Genesis::check.
Status apply_genesis(const Genesis& genesis, Overlay& state);

/// What can be said about a transaction without the state: chain id, form, bounds. Signatures aside. Errors:
/// `malformed`, `invalid`, `out_of_range`.
Status check_transaction(const protocol::Transaction& transaction, const Hash& chain_id);

/// Whether a transaction may wait for a block at height `next` or later: check_transaction, then fee, expiry,
/// and a nonce that is not used up. Errors: as above, and `conflict`, `expired`, `insufficient`.
Status admit_transaction(const StateReader& state, const protocol::Transaction& transaction,
                         protocol::Height next);

/// Executes a block on its parent's state. A block with a transaction that cannot pay, has the wrong nonce or
/// has expired is invalid as a whole, as is one with a wrong height, epoch, reveal, next validators or
/// transactions' root: then an error is returned and `state` is as before. A transaction whose effect fails
/// after its fee was taken leaves a failed receipt and no other trace. Errors: `invalid` for the block;
/// `internal` if an invariant is broken: then the node must stop.
Result<BlockOutcome> execute_block(Overlay& state, const protocol::Block& block);

struct AssembledBlock {
    protocol::Block block;
    BlockOutcome outcome;
    /// Ids of the candidates that do not fit the state: the proposer should forget or keep them by
    /// admit_transaction.
    std::vector<Hash> left_out;
};

/// Makes a block of those candidates that may come one after the other, in their order, up to `max_bytes` of
/// encoded transactions and k_max_block_transactions, and executes it on `state`. `header` is complete but
/// for epoch, next_validators and transactions_root. The result is what execute_block gives for the block. Errors: as execute_block's.
Result<AssembledBlock> assemble_block(Overlay& state, protocol::Header header,
                                      std::vector<protocol::Transaction> candidates, std::size_t max_bytes);

}  // namespace dure::ledger
