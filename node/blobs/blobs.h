// Blobs wherever they are: on this node's disk, or fetched from peers chunk by chunk, checked and stored; and
// served to peers who ask.
//
// Promises: what `fetch` returns is what the name says; concurrent fetches of one blob are one; a peer that
// sends false chunks is cut off; serving one peer never queues more than a bound. The io thread does no disk
// work.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/result.h"
#include "node/blobs/blob_access.h"
#include "node/blobs/blob_schedule.h"
#include "node/blobs/blob_store.h"
#include "node/peers/peers.h"

namespace dure::node {

struct BlobsConfig {
    BlobScheduleLimits schedule;
    std::size_t max_serving_per_peer =
        64;  ///< requests of one peer waiting for the disk; more are answered "not here"
    std::chrono::milliseconds fetch_timeout{120'000};  ///< of one fetch, unless the caller says otherwise
};

struct BlobsCounters {
    std::uint64_t chunks_fetched = 0;
    std::uint64_t chunks_served = 0;
    std::uint64_t false_chunks = 0;
    std::uint64_t fetches_failed = 0;
};

class Blobs final : public BlobAccess {
  public:
    /// `store` and `peers` outlive this.
    Blobs(boost::asio::io_context& io, Peers& peers, BlobStore& store, BlobsConfig config = {});
    ~Blobs() override;
    Blobs(const Blobs&) = delete;
    Blobs& operator=(const Blobs&) = delete;

    /// From disk or from peers; it is on disk afterwards. `unavailable`: nobody connected has it, or too slow; what
    /// arrived is kept for the next attempt.
    boost::asio::awaitable<Result<Bytes>> fetch(Hash blob,
                                                std::uint64_t max_bytes = k_max_blob_bytes) override;
    /// As `fetch`, with a limit on the time.
    boost::asio::awaitable<Result<Bytes>> fetch(Hash blob, std::uint64_t max_bytes,
                                                std::chrono::milliseconds timeout);

    /// Stores without holding up the io thread. Errors: as BlobStore::put.
    boost::asio::awaitable<Result<Hash>> put(std::shared_ptr<const Bytes> blob) override;
    Result<Hash> put_now(ByteView blob) override;
    void drop(const Hash& blob) override;
    std::optional<std::uint64_t> have(const Hash& blob) const override;

    BlobStore& store();
    BlobsCounters counters() const;

  private:
    class Core;
    std::shared_ptr<Core> core_;
};

}  // namespace dure::node
