// Blobs as the work of a role sees them: named by their hash, fetched from wherever they are, and kept for whoever
// asks.
//
// Promise: what `fetch` returns is what the name says. Blobs (blobs.h) does it with a disk and peers; a simulation may
// do it in memory.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/blob.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/result.h"

namespace dure::node {

class BlobAccess {
  public:
    virtual ~BlobAccess() = default;

    /// The blob, from here or from others; it is here afterwards. Errors: `unavailable` (nobody within reach has it),
    /// `out_of_range` (larger than max_bytes), `insufficient` (no room for it), `io`.
    virtual boost::asio::awaitable<Result<Bytes>> fetch(Hash blob,
                                                        std::uint64_t max_bytes = k_max_blob_bytes) = 0;
    /// Keeps a blob, and gives it to who asks; returns its name. Errors: `out_of_range` for its size,
    /// `insufficient`, `io`.
    virtual boost::asio::awaitable<Result<Hash>> put(std::shared_ptr<const Bytes> blob) = 0;
    /// The same from any thread, done when it returns.
    virtual Result<Hash> put_now(ByteView blob) = 0;
    /// Forgets a blob that is of no more use; nothing happens if it is not here.
    virtual void drop(const Hash& blob) = 0;
    /// The blob's size if it is here.
    virtual std::optional<std::uint64_t> have(const Hash& blob) const = 0;

  protected:
    BlobAccess() = default;
    BlobAccess(const BlobAccess&) = default;
    BlobAccess& operator=(const BlobAccess&) = default;
};

}  // namespace dure::node
