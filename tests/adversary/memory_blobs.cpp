#include "tests/adversary/memory_blobs.h"

#include "base/blob.h"

namespace dure::adversary {

namespace asio = boost::asio;

Hash BlobWorld::put(std::size_t member, std::shared_ptr<const Bytes> blob) {
    const Hash name = blob_hash(*blob);
    holders_[name].insert(member);
    bytes_.try_emplace(name, std::move(blob));
    return name;
}

void BlobWorld::drop(std::size_t member, const Hash& blob) {
    const auto found = holders_.find(blob);
    if (found != holders_.end()) found->second.erase(member);
}

bool BlobWorld::holds(std::size_t member, const Hash& blob) const {
    const auto found = holders_.find(blob);
    return found != holders_.end() && found->second.contains(member);
}

std::shared_ptr<const Bytes> BlobWorld::fetch(std::size_t member, const Hash& blob) {
    const auto found = holders_.find(blob);
    if (found == holders_.end()) return nullptr;
    for (const std::size_t holder : found->second) {
        if (holder != member && !serves_(holder, blob, member)) continue;
        found->second.insert(member);
        return bytes_.at(blob);
    }
    return nullptr;
}

asio::awaitable<Result<Bytes>> MemberBlobs::fetch(Hash blob, std::uint64_t max_bytes) {
    const std::shared_ptr<const Bytes> bytes = world_.fetch(member_, blob);
    if (!bytes) co_return Error{ErrorCode::unavailable, "nobody gives blob " + blob.hex()};
    if (bytes->size() > max_bytes)
        co_return Error{ErrorCode::out_of_range, "blob " + blob.hex() + " is larger than it may be"};
    co_return *bytes;
}

asio::awaitable<Result<Hash>> MemberBlobs::put(std::shared_ptr<const Bytes> blob) {
    co_return world_.put(member_, std::move(blob));
}

Result<Hash> MemberBlobs::put_now(ByteView blob) {
    return world_.put(member_, std::make_shared<const Bytes>(blob.begin(), blob.end()));
}

void MemberBlobs::drop(const Hash& blob) {
    world_.drop(member_, blob);
}

std::optional<std::uint64_t> MemberBlobs::have(const Hash& blob) const {
    return world_.holds(member_, blob) ? std::optional(world_.size(blob)) : std::nullopt;
}

}  // namespace dure::adversary
