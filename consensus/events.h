// What goes into consensus and what comes out of it. Events are facts that the node reports; effects are
// orders that it carries out, in their order. Blocks are shared because they are large and never change.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/protocol/block.h"
#include "base/protocol/vote.h"
#include "base/result.h"
#include "consensus/config.h"
#include "consensus/time.h"

namespace dure::consensus {

using BlockPtr = std::shared_ptr<const protocol::Block>;

/// What validators say to each other. A proposal carries its block.
using Message = std::variant<protocol::Proposal, protocol::SignedVote, protocol::Certificate>;

// ---- Events
// ------------------------------------------------------------------------------------------------

/// The first event, once: consensus begins to act (what it restored, it restored in Simplex::open).
struct Start {};

/// A decoded message from a peer. `peer` is the node key that the connection proved; answers go there.
struct Receive {
    Account peer;
    Message message;
};

/// The answer to BuildBlock: a block that this node has executed on its parent and knows to be valid.
struct Built {
    protocol::Slot slot;
    protocol::Block block;
};

/// The answer to ValidateBlock. While something is merely missing (a blob) the node gives no answer: timers
/// decide.
struct Validated {
    Hash block;
    bool valid = false;
};

/// The answer to FetchBlock, from any peer: the block names itself, so nothing about it need be trusted.
struct BlockFetched {
    protocol::Block block;
};

/// All records up to and including this number are durable.
struct Persisted {
    std::uint64_t number = 0;
};

/// The node has downloaded and executed the chain up to `block`, which `finalization` finalizes. Older news
/// are ignored.
struct Synced {
    protocol::Block block;
    protocol::Certificate finalization;
};

/// The epoch's last block is durable here, or blocks of later epochs are, by syncing: from here on this epoch runs.
/// Everything up to `newest`, or the root, is durable in the block log; old epochs' records are void from then on (see
/// RenewJournal). An epoch that is not later than the machine's is ignored.
struct EnterEpoch {
    Config config;
    std::optional<FinalBlock> newest;  ///< in this epoch; none: its root
};

/// The time that WakeAt asked for has come.
struct Tick {};

using Event =
    std::variant<Start, Receive, Built, Validated, BlockFetched, Persisted, Synced, EnterEpoch, Tick>;

// ---- Effects
// -----------------------------------------------------------------------------------------------

/// Append this record to the journal. Records are numbered from 1 in each run, without gaps. The node makes
/// all of one turn durable with one fdatasync and reports the last number by Persisted; consensus itself
/// holds back what the record allows until then.
struct Persist {
    std::uint64_t number = 0;
    Bytes record;
};

/// A new epoch begins: put these records in the place of all that the journal holds, in one durable step, or, where
/// there is no journal, make one of them. Records persisted before this and not written yet are void.
struct RenewJournal {
    std::vector<Bytes> records;
};

/// To all peers. Nothing comes back to this node.
struct Broadcast {
    Message message;
};

struct Send {
    Account peer;
    Message message;
};

/// This node leads `slot`: build a block of this height on `parent`, and answer with Built. Empty blocks are
/// welcome: an idle chain goes on. At most one is asked for a slot.
struct BuildBlock {
    protocol::Epoch epoch;
    protocol::Slot slot;
    protocol::BlockReference parent;
    protocol::Height height;
};

/// Execute `block` on its parent, which is final or was reported valid before, and answer with Validated.
struct ValidateBlock {
    Hash hash;
    BlockPtr block;
};

/// These blocks are final, oldest first, each the next one's parent; `finalization` is the last one's. Those
/// that were not validated here are executed now; they are valid, since more than two thirds said so.
/// With the epoch's last block the epoch is over: answer with EnterEpoch.
struct Commit {
    std::vector<BlockPtr> blocks;
    protocol::Certificate finalization;
};

/// A certificate names a block that this node lacks: get it from any peer. Repeated until it is there.
struct FetchBlock {
    Hash hash;
};

/// The chain is final up to `height`, more blocks ahead than are fetched one by one: sync by heights, then
/// report Synced.
struct SyncNeeded {
    protocol::Height height;
    protocol::Certificate finalization;
};

struct ReportEvidence {
    protocol::Evidence evidence;
};

/// The peer sent what no honest node sends. Nothing of it was kept.
struct PeerFault {
    Account peer;
    Error error;
};

/// Two blocks are final that exclude each other: more than a third of the weight broke the rules. This node
/// takes no further events and must be looked after by a person.
struct Halt {
    Error reason;
};

/// Send Tick at this time. Replaces the earlier wish.
struct WakeAt {
    Time time;
};

using Effect = std::variant<Persist, RenewJournal, Broadcast, Send, BuildBlock, ValidateBlock, Commit,
                            FetchBlock, SyncNeeded, ReportEvidence, PeerFault, Halt, WakeAt>;
using Effects = std::vector<Effect>;

}  // namespace dure::consensus
