#include "node/storage/state_file.h"

#include <algorithm>

#include "node/storage/files.h"

namespace dure::node {

namespace {

constexpr std::string_view k_state_file_mark = "DURE-STA";
/// The manifest's fields but for the list of chunks.
constexpr std::size_t k_manifest_frame_bytes = 4 + 32 + 8 + 32 + 32 + 8 + 4;
constexpr std::size_t k_max_manifest_bytes = k_manifest_frame_bytes + 32 * k_max_state_chunks;

Error bad_chunk(const char* why) {
    return {ErrorCode::malformed, std::string("a chunk of a state ") + why};
}

Result<std::uint32_t> read_length(const File& file, std::uint64_t at, std::size_t most) {
    DURE_TRY(const Bytes raw, file.read(at, 4));
    DURE_TRY(const std::uint32_t length, decode<std::uint32_t>(raw));
    if (length <= most) return length;
    return Error{ErrorCode::malformed, file.path().string() + " announces " + std::to_string(length) +
                                           " bytes at byte " + std::to_string(at) + ", more than can be"};
}

}  // namespace

Hash StateManifest::hash() const {
    static const TaggedHash hash("dure/state-file/manifest");
    return hash.of(*this);
}

Hash state_chunk_hash(ByteView chunk) {
    static const TaggedHash hash("dure/state-file/chunk");
    return hash(chunk);
}

Status read_state_chunk(ByteView chunk, std::optional<Bytes>& after, const StateEntryVisitor& visit) {
    Reader reader(chunk);
    while (reader.remaining() > 0) {
        std::uint32_t key_length = 0;
        std::uint32_t value_length = 0;
        ByteView key;
        ByteView value;
        if (!reader.number(key_length) || !reader.take(key_length, key) || !reader.number(value_length) ||
            !reader.take(value_length, value))
            return bad_chunk("ends early");
        if (after && !std::ranges::lexicographical_compare(*after, key))
            return bad_chunk("has keys out of order");
        after = to_bytes(key);
        DURE_CHECK(visit(key, value));
    }
    return {};
}

Result<StateManifest> cut_state(const StateStore& store, const Hash& chain_id,
                                const std::function<Status(ByteView)>& take) {
    const auto mark = store.mark();
    if (!mark) return Error{ErrorCode::not_found, "the state store is empty"};
    StateManifest manifest{.chain_id = chain_id,
                           .height = mark->height,
                           .block = mark->block,
                           .state_root = mark->state_root,
                           .entries = 0,
                           .chunks = {}};
    Writer writer;
    const auto finish = [&]() -> Status {
        if (manifest.chunks.size() == k_max_state_chunks)
            return Error{ErrorCode::out_of_range,
                         "the state is larger than " + std::to_string(k_max_state_chunks) + " chunks"};
        const Bytes chunk = writer.take();
        writer = {};
        manifest.chunks.push_back(state_chunk_hash(chunk));
        return take(chunk);
    };
    Status status;
    store.scan({}, {}, [&](ByteView key, ByteView value) {
        if (writer.bytes().size() + key.size() + value.size() + 8 > k_max_state_chunk_bytes) {
            status = Error{ErrorCode::out_of_range,
                           "the value under " + to_hex(key) + " is too large for a chunk of a state"};
            return false;
        }
        writer.number(static_cast<std::uint32_t>(key.size()));
        writer.raw(key);
        writer.number(static_cast<std::uint32_t>(value.size()));
        writer.raw(value);
        ++manifest.entries;
        if (writer.bytes().size() >= k_state_chunk_bytes) status = finish();
        return status.has_value();
    });
    DURE_CHECK(status);
    if (!writer.bytes().empty()) DURE_CHECK(finish());
    return manifest;
}

Result<StateManifest> write_state_file(const std::filesystem::path& path, const StateStore& store,
                                       const Hash& chain_id, std::span<const Bytes> records) {
    // Twice over the state: the chunks' hashes stand before the chunks.
    DURE_TRY(StateManifest manifest, cut_state(store, chain_id, [](ByteView) { return Status(); }));
    if (Files::of_system().exists(path))
        return Error{ErrorCode::duplicate, "there is a file " + path.string() + " already"};
    // The name comes when all of it is durable.
    std::filesystem::path unfinished = path;
    unfinished += ".part";
    DURE_TRY(File file, File::open(unfinished, File::Mode::create));
    DURE_CHECK(file.truncate(0));
    std::uint64_t end = 0;
    const auto put = [&](ByteView bytes) -> Status {
        DURE_CHECK(file.write(end, bytes));
        end += bytes.size();
        return {};
    };
    const Bytes head = encode(manifest);
    DURE_CHECK(put(as_bytes(k_state_file_mark)));
    DURE_CHECK(put(encode(static_cast<std::uint32_t>(head.size()))));
    DURE_CHECK(put(head));
    const auto put_piece = [&](ByteView piece) -> Status {
        DURE_CHECK(put(encode(static_cast<std::uint32_t>(piece.size()))));
        return put(piece);
    };
    DURE_CHECK(cut_state(store, chain_id, put_piece));
    for (const Bytes& record : records)
        DURE_CHECK(put_piece(record));
    DURE_CHECK(file.sync());
    DURE_CHECK(file.rename(path));
    return manifest;
}

Result<StateManifest> read_state_file(const std::filesystem::path& path, const StateEntryVisitor& visit,
                                      const StateRecordVisitor& take_record) {
    DURE_TRY(const File file, File::open(path, File::Mode::existing));
    DURE_TRY(const std::uint64_t size, file.size());
    if (size < k_state_file_mark.size() + 4)
        return Error{ErrorCode::malformed, path.string() + " is no file of a state: it is too short"};
    DURE_TRY(const Bytes mark, file.read(0, k_state_file_mark.size()));
    if (!std::ranges::equal(mark, as_bytes(k_state_file_mark)))
        return Error{ErrorCode::malformed, path.string() + " is no file of a state"};
    std::uint64_t at = mark.size();
    DURE_TRY(const std::uint32_t head_length, read_length(file, at, k_max_manifest_bytes));
    DURE_TRY(const Bytes head, file.read(at + 4, head_length));
    DURE_TRY(StateManifest manifest, decode<StateManifest>(head));
    if (manifest.version != k_state_file_version) {
        return Error{ErrorCode::malformed, path.string() + " is of version " +
                                               std::to_string(manifest.version) +
                                               ", which this program does not know"};
    }
    at += 4 + head_length;
    std::optional<Bytes> after;
    std::uint64_t entries = 0;
    for (const Hash& name : manifest.chunks) {
        DURE_TRY(const std::uint32_t length, read_length(file, at, k_max_state_chunk_bytes));
        DURE_TRY(const Bytes chunk, file.read(at + 4, length));
        if (state_chunk_hash(chunk) != name) {
            return Error{ErrorCode::corrupt, path.string() + " is damaged: the chunk at byte " +
                                                 std::to_string(at) + " is not the one that it names"};
        }
        DURE_CHECK(read_state_chunk(chunk, after, [&](ByteView key, ByteView value) {
            ++entries;
            return visit(key, value);
        }));
        at += 4 + length;
    }
    if (entries != manifest.entries)
        return Error{ErrorCode::malformed, path.string() + " holds more or less than its head says"};
    while (at < size) {
        DURE_TRY(const std::uint32_t length, read_length(file, at, k_max_state_record_bytes));
        DURE_TRY(const Bytes record, file.read(at + 4, length));
        if (take_record) DURE_CHECK(take_record(record));
        at += 4 + length;
    }
    return manifest;
}

}  // namespace dure::node
