// Blobs of all members in memory: who holds which, and who gives it away.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "node/blobs/blob_access.h"

namespace dure::adversary {

/// All bytes there are, each once, and which member holds them.
class BlobWorld {
  public:
    /// Says whether member `holder` gives `blob` to member `asking` now.
    using Serves = std::function<bool(std::size_t holder, const Hash& blob, std::size_t asking)>;

    explicit BlobWorld(Serves serves) : serves_(std::move(serves)) {}

    Hash put(std::size_t member, std::shared_ptr<const Bytes> blob);
    void drop(std::size_t member, const Hash& blob);
    bool holds(std::size_t member, const Hash& blob) const;
    /// Null if nobody gives it.
    std::shared_ptr<const Bytes> fetch(std::size_t member, const Hash& blob);
    std::uint64_t size(const Hash& blob) const { return bytes_.at(blob)->size(); }

  private:
    Serves serves_;
    std::map<Hash, std::shared_ptr<const Bytes>> bytes_;
    std::map<Hash, std::set<std::size_t>> holders_;
};

/// One member's view.
class MemberBlobs final : public node::BlobAccess {
  public:
    MemberBlobs(BlobWorld& world, std::size_t member) : world_(world), member_(member) {}

    boost::asio::awaitable<Result<Bytes>> fetch(Hash blob, std::uint64_t max_bytes) override;
    boost::asio::awaitable<Result<Hash>> put(std::shared_ptr<const Bytes> blob) override;
    Result<Hash> put_now(ByteView blob) override;
    void drop(const Hash& blob) override;
    std::optional<std::uint64_t> have(const Hash& blob) const override;

  private:
    BlobWorld& world_;
    std::size_t member_;
};

}  // namespace dure::adversary
