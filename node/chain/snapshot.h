// A snapshot: a file with the whole state after a block, and the proof that it is the chain's. A node that has nothing
// starts from it instead of executing every block since genesis, and believes nobody for that: the proof follows
// finality from genesis's validators through the ends of the epochs, up to the block whose header names the state's
// root (docs/operating/storage.md has the format).
//
// Promises: what `import_snapshot` leaves behind is the same as if the node had executed every block up to there and
// deleted them, or else nothing. It does not fetch anything: the blocks after come by block sync.
#pragma once

#include <filesystem>
#include <vector>

#include "base/protocol/light_client.h"
#include "ledger/records/genesis.h"
#include "node/storage/block_log.h"
#include "node/storage/state_file.h"

namespace dure::node {

/// That a state is the one after a block of the chain.
struct SnapshotProof {
    std::vector<protocol::EpochEnd> ends;  ///< of all epochs before that of the next block
    std::vector<FinalBlock> blocks;        ///< from the next block on, up to the first with its finalization
};

/// Of the state that the store stands at. Errors: `not_found` (no block after it is final yet), `expired` (the blocks
/// that ended the epochs were deleted), `corrupt`, `io`.
Result<SnapshotProof> prove_snapshot(const StateStore& store, const BlockLog& log,
                                     const ledger::Genesis& genesis);

/// The proof's records, as they follow the state in the file.
std::vector<Bytes> snapshot_records(const SnapshotProof& proof);

/// What a node starts from, and how far the file led it.
struct ImportedSnapshot {
    StateManifest manifest;
    protocol::Height height;  ///< of the newest block that the file holds
    protocol::Epoch epoch;    ///< which runs then
};

/// Makes a chain's directory from a snapshot, believing only genesis: checks every hash, follows the ends of epochs,
/// rebuilds the state's tree, executes the blocks after it. A crash leaves a directory in which a node starts from
/// genesis, or the finished one. The journal is made if there is none, and kept if there is one. Errors: `conflict`
/// (blocks are there already, or a node holds the directory), `invalid` (a state that is not the chain's), `expired`
/// (the file has no proof), those of read_state_file, `io`.
Result<ImportedSnapshot> import_snapshot(const ledger::Genesis& genesis,
                                         const std::filesystem::path& directory,
                                         const std::filesystem::path& file);

}  // namespace dure::node
