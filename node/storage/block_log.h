// The block log: final blocks, in order, in a folder of files of checksummed records (segments). A block is final for
// this node once it stands here; everything else (the flat state, its indexes, the tree) can be made again from
// it, as long as no block was deleted.
//
//   000000000001.log   the segment whose first block has height 1: a record that names its first height and that
//                      block's parent, then a record for each block
//
// A segment that has grown enough is followed by a new one; a commit's blocks never stand in two.
//
// Promises: `append` returns success only when the blocks are durable (one fdatasync). After a crash the log
// holds a prefix of the commits, with all for which success was returned; it always ends with a finalized
// block. It is a chain: heights are consecutive, each block names the one before. `prune` deletes whole segments,
// the oldest first, and so gives their space back to the disk.
#pragma once

#include <deque>
#include <filesystem>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/protocol/types.h"
#include "base/result.h"
#include "node/storage/final_block.h"
#include "node/storage/record_file.h"

namespace dure::node {

/// A segment that is at least so large takes no more commits.
inline constexpr std::uint64_t k_block_segment_bytes = std::uint64_t{16} << 20;

class BlockLog {
  public:
    struct Opened;
    /// Creates the folder if there is none. `genesis_block` is the hash that the block at height 1 names as its
    /// parent. Errors: `corrupt` (damage before the end, or a segment is missing; the message says where), `invalid`
    /// (another chain's), `io`.
    static Result<Opened> open(const std::filesystem::path& directory, const Hash& chain_id,
                               const Hash& genesis_block, Files& files = Files::of_system(),
                               std::uint64_t segment_bytes = k_block_segment_bytes);

    /// Makes the log of a chain whose blocks up to `base` are not here: the next one to append follows on `block`.
    /// `epoch_root` is what made the block final that ended the epoch before, if the running epoch began before the
    /// next block. Errors: `conflict` (there is a log), `io`.
    static Result<BlockLog> begin_after(const std::filesystem::path& directory, const Hash& chain_id,
                                        protocol::Height base, const Hash& block,
                                        std::optional<protocol::Certificate> epoch_root,
                                        Files& files = Files::of_system());
    /// Of a log that was begun so, until its first segment is deleted.
    const std::optional<protocol::Certificate>& epoch_root() const { return epoch_root_; }

    /// Appends one commit's blocks, durably: they follow on the last one, and the last of them has its
    /// finalization (both asserted). Errors: `io`; the log then takes no more until it is opened again,
    /// unless nothing of the write is left.
    Status append(std::span<const FinalBlock> blocks);

    /// Deletes the segments that hold only blocks below `keep_from`; the newest segment always stays. Errors: `io`.
    Status prune(protocol::Height keep_from);
    /// Whether that would delete anything.
    bool can_prune(protocol::Height keep_from) const {
        return segments_.size() > 1 && segments_[1].first <= keep_from;
    }

    /// Height and hash of the last block; genesis's if there never was one.
    protocol::Height height() const { return {base_.value + entries_.size()}; }
    const Hash& tip() const { return entries_.empty() ? base_block_ : entries_.back().hash; }
    /// The lowest height whose block is here; one above `height` if there is none.
    protocol::Height first() const { return base_.next(); }
    /// Errors: `expired` for a block that was deleted to save space, `not_found` for a height that was never here,
    /// `corrupt`, `io`.
    Result<FinalBlock> read(protocol::Height height) const;
    std::optional<protocol::Height> height_of(const Hash& block) const;
    /// The hash of the block at this height; known also of the one just before the first that is here.
    std::optional<Hash> hash_at(protocol::Height height) const;
    /// The stored size of a block, for bounding answers before reading. Needs a height that is here.
    std::size_t size_of(protocol::Height height) const;

  private:
    struct Segment {
        std::filesystem::path path;
        protocol::Height first;
        RecordFile file;
    };
    struct Entry {
        Hash hash;
        RecordPlace place;
    };
    bool has(protocol::Height height) const { return height > base_ && height <= this->height(); }
    const Entry& entry_at(protocol::Height height) const;
    const Segment& segment_of(protocol::Height height) const;
    Status open_segment(const std::filesystem::path& path, bool is_last, std::uint64_t& cut_bytes);
    /// Takes a segment's first record; returns the height of its first block.
    Result<protocol::Height> begin(const std::filesystem::path& path, ByteView record);
    Status accept(RecordPlace place, ByteView record);
    /// Of the last commit some blocks are there, but not the one that proves them: they go.
    Status drop_unproven(std::uint64_t& cut_bytes);
    /// Makes the next segment, with these blocks in it. Returns where they stand.
    Result<std::vector<RecordPlace>> roll(std::vector<Bytes> blocks);

    Files* files_ = nullptr;
    std::filesystem::path directory_;
    Hash chain_id_;
    Hash genesis_block_;
    std::uint64_t segment_bytes_ = k_block_segment_bytes;
    std::deque<Segment> segments_;  // the oldest first
    protocol::Height base_;         // the block before the first that is here
    Hash base_block_;
    std::optional<protocol::Certificate> epoch_root_;
    std::deque<Entry> entries_;  // of height base_ + i + 1
    protocol::Height proven_;    // the last block that has its finalization beside it
    bool broken_ = false;        // a new segment could not be made
    std::unordered_map<Hash, protocol::Height, HashOfBytes> heights_;
};

struct BlockLog::Opened {
    BlockLog log;
    std::uint64_t cut_bytes = 0;  ///< of a commit that a crash tore
};

}  // namespace dure::node
