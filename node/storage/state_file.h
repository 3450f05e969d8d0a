// A whole state in portable form: what `dure export-state` writes and nodes send each other as snapshots
// (docs/operating/storage.md). The same state at the same height gives the same bytes everywhere.
//
// The entries, by ascending key, are cut into chunks: a chunk ends with the entry that brings its bytes to
// k_state_chunk_bytes. The manifest says where the state belongs and names every chunk by its hash. Whether the
// state is the chain's is not said here: rebuild the tree, and compare its root with the header at height + 1.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/protocol/types.h"
#include "base/result.h"
#include "node/storage/state_store.h"

namespace dure::node {

inline constexpr std::uint32_t k_state_file_version = 1;
inline constexpr std::size_t k_state_chunk_bytes = 256 * 1024;
/// A chunk is at most so long: its last entry may be a large one.
inline constexpr std::size_t k_max_state_chunk_bytes = 4 * k_state_chunk_bytes;
inline constexpr std::size_t k_max_state_chunks = 65'536;

struct StateManifest {
    std::uint32_t version = k_state_file_version;
    Hash chain_id;
    protocol::Height height;  ///< the state is the one after this block
    Hash block;
    Hash state_root;
    std::uint64_t entries = 0;
    BoundedList<Hash, k_max_state_chunks> chunks;  ///< their hashes, in order
    static constexpr auto fields() {
        using T = StateManifest;
        return std::tuple(&T::version, &T::chain_id, &T::height, &T::block, &T::state_root, &T::entries,
                          &T::chunks);
    }
    friend bool operator==(const StateManifest&, const StateManifest&) = default;

    StateMark mark() const { return {height, block, state_root}; }
    /// Names the manifest, and so every byte of the state.
    Hash hash() const;
};

Hash state_chunk_hash(ByteView chunk);

using StateEntryVisitor = std::function<Status(ByteView key, ByteView value)>;

/// Calls `visit` with the entries of a chunk. Errors: `malformed` unless keys ascend strictly from above `after` (the
/// last key before this chunk), which becomes the chunk's last key; those of `visit`.
Status read_state_chunk(ByteView chunk, std::optional<Bytes>& after, const StateEntryVisitor& visit);

/// Cuts a store's state into chunks, handing each to `take` in order, and returns the manifest. Nobody may write to
/// the store meanwhile. Errors: `out_of_range` (larger than a manifest can name), those of `take`.
Result<StateManifest> cut_state(const StateStore& store, const Hash& chain_id,
                                const std::function<Status(ByteView chunk)>& take);

/// Writes "DURE-STA", the manifest's length as u32, the manifest, then each chunk's length as u32 and the chunk, and the
/// records likewise; durable when it returns. Errors: `duplicate` (there is a file of that name), `io`.
Result<StateManifest> write_state_file(const std::filesystem::path& path, const StateStore& store,
                                       const Hash& chain_id, std::span<const Bytes> records = {});

/// A record that follows the chunks is at most so long: it may be a block with its finalization.
inline constexpr std::size_t k_max_state_record_bytes = std::size_t{8} << 20;
using StateRecordVisitor = std::function<Status(ByteView record)>;

/// Reads such a file, checks every hash and calls `visit` for each entry, in order, then `record` for each record.
/// Without `record` there may be any. Errors: `not_found`, `malformed`, `corrupt`, `io`, those of `visit` and
/// `record`.
Result<StateManifest> read_state_file(const std::filesystem::path& path, const StateEntryVisitor& visit,
                                      const StateRecordVisitor& record = {});

}  // namespace dure::node
