#include "node/blobs/blob_store.h"

#include <algorithm>
#include <system_error>

#include "node/storage/files.h"

namespace dure::node {

namespace fs = std::filesystem;

namespace {

constexpr const char* k_temporary_prefix = "incoming-";

/// Errors: `corrupt` if the file is missing or shorter than it should be, `io`.
Result<Bytes> read_part(const fs::path& path, std::uint64_t offset, std::uint64_t bytes) {
    const Result<File> file = File::open(path, File::Mode::existing);
    if (!file) {
        if (file.error().code != ErrorCode::not_found) return file.error();
        return Error{ErrorCode::corrupt, path.string() + " is gone"};
    }
    DURE_TRY(const std::uint64_t there, file->size());
    if (there < offset + bytes) return Error{ErrorCode::corrupt, path.string() + " ends early"};
    return file->read(offset, bytes);
}

Error not_found(const Hash& name) {
    return {ErrorCode::not_found, "blob " + name.hex() + " is not on this node"};
}

}  // namespace

Result<std::unique_ptr<BlobStore>> BlobStore::open(const fs::path& folder, BlobStoreLimits limits) {
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (failure)
        return Error{ErrorCode::io,
                     "cannot create the blobs' folder " + folder.string() + ": " + failure.message()};
    std::unique_ptr<BlobStore> store(new BlobStore(folder, limits));
    DURE_CHECK(store->scan());
    return store;
}

Status BlobStore::scan() {
    std::error_code failure;
    for (fs::directory_iterator entry(folder_, failure), end; !failure && entry != end;
         entry.increment(failure)) {
        const std::string file_name = entry->path().filename().string();
        if (file_name.starts_with(k_temporary_prefix)) {
            std::error_code ignored;
            fs::remove(entry->path(), ignored);
            continue;
        }
        const Result<Hash> name = Hash::from_hex(file_name);
        if (!name) continue;  // not ours: left alone
        std::error_code unreadable;
        const std::uintmax_t bytes = entry->file_size(unreadable);
        if (unreadable || !check_blob_size(bytes)) continue;
        sizes_.emplace(*name, bytes);
        total_ += bytes;
    }
    if (failure)
        return Error{ErrorCode::io,
                     "cannot list the blobs' folder " + folder_.string() + ": " + failure.message()};
    return {};
}

fs::path BlobStore::path_of(const Hash& name) const {
    return folder_ / name.hex();
}

Result<Hash> BlobStore::put(ByteView blob) {
    DURE_CHECK(check_blob_size(blob.size()));
    auto leaves = std::make_shared<const std::vector<Hash>>(blob_leaves(blob));
    const Hash name = merkle_root(*leaves);
    {
        // The room is taken before the file is written, so that concurrent writers cannot exceed it together.
        const std::lock_guard lock(mutex_);
        if (sizes_.contains(name)) return name;
        if (total_ > limits_.max_bytes || blob.size() > limits_.max_bytes - total_) {
            return Error{ErrorCode::insufficient,
                         "a blob of " + std::to_string(blob.size()) + " bytes does not fit: " +
                             std::to_string(total_) + " of " + std::to_string(limits_.max_bytes) +
                             " bytes are in use; raise blobs.max_bytes in the configuration"};
        }
        total_ += blob.size();
    }
    if (const Status written = write_file(name, blob); !written) {
        const std::lock_guard lock(mutex_);
        total_ -= blob.size();
        return written.error();
    }
    const std::lock_guard lock(mutex_);
    if (!sizes_.emplace(name, blob.size()).second)
        total_ -= blob.size();  // another thread stored the same one
    remember(name, std::move(leaves));
    return name;
}

Status BlobStore::write_file(const Hash& name, ByteView blob) {
    fs::path temporary;
    {
        const std::lock_guard lock(mutex_);
        temporary = folder_ / (k_temporary_prefix + std::to_string(next_temporary_++));
    }
    Status written;
    if (Result<File> file = File::open(temporary, File::Mode::create); !file) {
        written = file.error();
    } else {
        written = file->truncate(0);
        if (written) written = file->write(0, blob);
        if (written) written = file->sync();
        if (written) written = file->rename(path_of(name));
    }
    if (!written) {
        std::error_code ignored;
        fs::remove(temporary, ignored);
    }
    return written;
}

bool BlobStore::contains(const Hash& name) const {
    const std::lock_guard lock(mutex_);
    return sizes_.contains(name);
}

Result<std::uint64_t> BlobStore::size(const Hash& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = sizes_.find(name);
    if (found == sizes_.end()) return not_found(name);
    return found->second;
}

Result<Bytes> BlobStore::get(const Hash& name) {
    return read_verified(name);
}

Result<Bytes> BlobStore::read_verified(const Hash& name) {
    DURE_TRY(const std::uint64_t bytes, size(name));
    Result<Bytes> blob = read_part(path_of(name), 0, bytes);
    if (!blob) {
        if (blob.error().code == ErrorCode::io) return blob.error();
        return corrupt(name);
    }
    auto leaves = std::make_shared<const std::vector<Hash>>(blob_leaves(*blob));
    if (merkle_root(*leaves) != name) return corrupt(name);
    const std::lock_guard lock(mutex_);
    remember(name, std::move(leaves));
    return blob;
}

Result<BlobStore::Leaves> BlobStore::leaves_of(const Hash& name) {
    {
        const std::lock_guard lock(mutex_);
        const auto found =
            std::find_if(trees_.begin(), trees_.end(), [&](const auto& tree) { return tree.first == name; });
        if (found != trees_.end()) {
            trees_.splice(trees_.begin(), trees_, found);
            return found->second;
        }
    }
    DURE_TRY(const Bytes blob, read_verified(name));
    return std::make_shared<const std::vector<Hash>>(blob_leaves(blob));
}

Result<ProvenChunk> BlobStore::chunk(const Hash& name, std::uint64_t index) {
    DURE_TRY(const std::uint64_t bytes, size(name));
    if (index >= blob_chunks(bytes)) {
        return Error{ErrorCode::out_of_range, "blob " + name.hex() + " has " +
                                                  std::to_string(blob_chunks(bytes)) + " chunks, not chunk " +
                                                  std::to_string(index)};
    }
    DURE_TRY(const Leaves leaves, leaves_of(name));
    const std::uint64_t offset = index * k_blob_chunk_bytes;
    Result<Bytes> piece =
        read_part(path_of(name), offset, std::min<std::uint64_t>(k_blob_chunk_bytes, bytes - offset));
    if (!piece && piece.error().code == ErrorCode::io) return piece.error();
    if (!piece || merkle_leaf(*piece) != (*leaves)[index]) return corrupt(name);
    return ProvenChunk{std::move(*piece), merkle_prove(*leaves, index)};
}

Error BlobStore::corrupt(const Hash& name) {
    remove(name);
    return {ErrorCode::corrupt, "the file of blob " + name.hex() +
                                    " is damaged; it was removed and can be fetched again from a peer"};
}

void BlobStore::remember(const Hash& name, Leaves leaves) {
    std::erase_if(trees_, [&](const auto& tree) { return tree.first == name; });
    trees_.emplace_front(name, std::move(leaves));
    if (trees_.size() > limits_.max_cached_trees) trees_.pop_back();
}

void BlobStore::remove(const Hash& name) {
    const std::lock_guard lock(mutex_);
    const auto found = sizes_.find(name);
    if (found == sizes_.end()) return;
    total_ -= found->second;
    sizes_.erase(found);
    std::erase_if(trees_, [&](const auto& tree) { return tree.first == name; });
    std::error_code ignored;
    fs::remove(path_of(name), ignored);
}

std::vector<StoredBlob> BlobStore::list() const {
    std::vector<StoredBlob> blobs;
    {
        const std::lock_guard lock(mutex_);
        blobs.reserve(sizes_.size());
        for (const auto& [name, bytes] : sizes_)
            blobs.push_back({name, bytes});
    }
    std::sort(blobs.begin(), blobs.end(),
              [](const StoredBlob& a, const StoredBlob& b) { return a.name < b.name; });
    return blobs;
}

std::uint64_t BlobStore::total_bytes() const {
    const std::lock_guard lock(mutex_);
    return total_;
}

}  // namespace dure::node
