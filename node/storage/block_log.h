// The block log: all final blocks, in order, in one file of checksummed records. A block is final for this
// node once it stands here; everything else (the flat state, its indexes, the tree) can be made again from
// it.
//
// Promises: `append` returns success only when the blocks are durable (one fdatasync). After a crash the log
// holds a prefix of the commits, with all for which success was returned; it always ends with a finalized
// block. It is a chain: heights are consecutive from 1, each block names the one before.
#pragma once

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

class BlockLog {
  public:
    struct Opened;
    /// Creates the file if there is none. `genesis_block` is the hash that the block at height 1 names as its
    /// parent. Errors: `corrupt` (damage before the end; the message says where), `invalid` (another
    /// chain's), `io`.
    static Result<Opened> open(const std::filesystem::path& path, const Hash& chain_id,
                               const Hash& genesis_block, Files& files = Files::of_system());

    /// Appends one commit's blocks, durably: they follow on the last one, and the last of them has its
    /// finalization (both asserted). Errors: `io`; the log then takes no more until it is opened again,
    /// unless nothing of the write is left.
    Status append(std::span<const FinalBlock> blocks);

    /// Height and hash of the last block; genesis's if there is none.
    protocol::Height height() const { return {hashes_.size()}; }
    const Hash& tip() const { return hashes_.empty() ? genesis_block_ : hashes_.back(); }
    /// Errors: `not_found` for a height that is not here, `corrupt`, `io`.
    Result<FinalBlock> read(protocol::Height height) const;
    std::optional<protocol::Height> height_of(const Hash& block) const;
    /// The stored size of a block, for bounding answers before reading. Needs a height that is here.
    std::size_t size_of(protocol::Height height) const;

  private:
    Status accept(RecordPlace place, ByteView record);

    std::optional<RecordFile> file_;
    Hash genesis_block_;
    std::vector<Hash> hashes_;         // of height i + 1
    std::vector<RecordPlace> places_;  // likewise
    std::uint64_t proven_ = 0;         // height of the last block that has its finalization beside it
    std::unordered_map<Hash, std::uint64_t, HashOfBytes> heights_;
};

struct BlockLog::Opened {
    BlockLog log;
    std::uint64_t cut_bytes = 0;  ///< of a commit that a crash tore
};

}  // namespace dure::node
