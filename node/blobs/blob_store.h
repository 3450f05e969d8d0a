// The blobs on this node's disk: one file each, named by the blob's hash.
//
// Promises: a blob is either whole or absent, also after a crash (written under a temporary name, fsync,
// rename, fsync of the folder); what `get` and `chunk` return is what the name says, checked on every read: a
// damaged file is removed and reported as `corrupt`. The stored bytes never exceed `max_bytes`. Safe to use
// from several threads. Does not: fetch anything (see blobs.h), or know what a blob is for (see retention.h).
#pragma once

#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/blob.h"
#include "base/hash.h"
#include "base/merkle.h"
#include "base/result.h"

namespace dure::node {

struct BlobStoreLimits {
    std::uint64_t max_bytes = std::uint64_t{64} << 30;  ///< of all blobs together
    std::size_t max_cached_trees = 64;                  ///< blobs whose leaf hashes stay in memory
};

struct StoredBlob {
    Hash name;
    std::uint64_t bytes = 0;
};

struct ProvenChunk {
    Bytes bytes;
    MerkleProof proof;
};

class BlobStore {
  public:
    /// Opens or creates the folder, and removes what an interrupted write left. Errors: `io`.
    static Result<std::unique_ptr<BlobStore>> open(const std::filesystem::path& folder,
                                                   BlobStoreLimits limits = {});

    /// Stores a blob durably and returns its name; storing it again changes nothing. Errors: `out_of_range`
    /// for its size, `insufficient` if max_bytes would be exceeded, `io`.
    Result<Hash> put(ByteView blob);

    bool contains(const Hash& name) const;
    /// Errors: `not_found`.
    Result<std::uint64_t> size(const Hash& name) const;
    /// The whole blob. Errors: `not_found`, `corrupt` (the file is gone then), `io`.
    Result<Bytes> get(const Hash& name);
    /// One chunk with the proof that it belongs to the blob. Errors: as `get`, and `out_of_range`.
    Result<ProvenChunk> chunk(const Hash& name, std::uint64_t index);

    /// Forgets a blob; nothing happens if it is not here.
    void remove(const Hash& name);
    /// All blobs, by ascending name.
    std::vector<StoredBlob> list() const;
    std::uint64_t total_bytes() const;

  private:
    using Leaves = std::shared_ptr<const std::vector<Hash>>;

    BlobStore(std::filesystem::path folder, BlobStoreLimits limits)
        : folder_(std::move(folder)), limits_(limits) {}

    Status scan();
    std::filesystem::path path_of(const Hash& name) const;
    Status write_file(const Hash& name, ByteView blob);
    Result<Bytes> read_verified(const Hash& name);
    Result<Leaves> leaves_of(const Hash& name);
    Error corrupt(const Hash& name);
    void remember(const Hash& name, Leaves leaves);

    const std::filesystem::path folder_;
    const BlobStoreLimits limits_;
    mutable std::mutex mutex_;
    std::unordered_map<Hash, std::uint64_t, HashOfBytes> sizes_;
    std::uint64_t total_ = 0;
    std::uint64_t next_temporary_ = 0;
    std::list<std::pair<Hash, Leaves>> trees_;  ///< the most recently used first
};

}  // namespace dure::node
