#include "node/storage/record_file.h"

#include <algorithm>
#include <limits>

namespace dure::node {

namespace {

constexpr std::string_view k_file_mark = "DURE-REC";
constexpr std::uint32_t k_record_mark = 0x43455244;  // "DREC"
constexpr std::size_t k_search_window = 1024 * 1024;

Hash identity_of(std::string_view kind, const Hash& chain_id) {
    static const TaggedHash hash("dure/storage/file");
    return hash({chain_id.bytes, as_bytes(kind)});
}

std::array<std::uint8_t, 16> half(const Hash& hash) {
    std::array<std::uint8_t, 16> first{};
    std::copy_n(hash.bytes.begin(), first.size(), first.begin());
    return first;
}

std::array<std::uint8_t, 16> header_checksum(const Hash& identity, ByteView salt) {
    static const TaggedHash hash("dure/storage/header");
    return half(hash({identity.bytes, salt}));
}

}  // namespace

RecordFile::Checksum RecordFile::checksum(std::uint64_t offset, std::uint32_t loose, ByteView record) const {
    static const TaggedHash hash("dure/storage/record");
    return half(hash({identity_.bytes, salt_, encode(offset), encode(loose), record}));
}

Result<RecordFile> RecordFile::create(const std::filesystem::path& path, std::string_view kind,
                                      const Hash& chain_id, std::span<const Bytes> records, Files& files) {
    RecordFile made;
    made.identity_ = identity_of(kind, chain_id);
    const Bytes salt = files.salt(made.salt_.size());
    std::copy(salt.begin(), salt.end(), made.salt_.begin());
    Writer writer;
    writer.raw(as_bytes(k_file_mark));
    write(writer, made.identity_);
    writer.raw(made.salt_);
    writer.raw(header_checksum(made.identity_, made.salt_));
    DURE_ASSERT(writer.bytes().size() == k_header_bytes);

    std::filesystem::path unfinished = path;
    unfinished += ".new";
    DURE_TRY(made.file_, files.open(unfinished, File::Mode::create));
    DURE_CHECK(made.file_.truncate(0));
    DURE_CHECK(made.file_.write(0, writer.bytes()));
    made.end_ = k_header_bytes;
    // The name comes after all of it is durable, so under the name nothing of it is ever torn.
    for (const Bytes& record : records) {
        made.durable_end_ = made.end_;
        DURE_CHECK(made.append({&record, 1}));
    }
    DURE_CHECK(made.sync());
    DURE_CHECK(made.file_.rename(path));
    return made;
}

Status RecordFile::read_header(const Hash& identity) {
    DURE_TRY(const Bytes header, file_.read(0, k_header_bytes));
    const ByteView view(header);
    const ByteView salt = view.subspan(40, 16);
    Hash stored;
    std::ranges::copy(view.subspan(8, 32), stored.bytes.begin());
    if (!std::ranges::equal(view.first(8), as_bytes(k_file_mark))) {
        return Error{
            ErrorCode::corrupt,
            file_.path().string() + " does not begin as a file of records: it is damaged or something else"};
    }
    if (!std::ranges::equal(view.subspan(56, 16), header_checksum(stored, salt)))
        return Error{ErrorCode::corrupt, file_.path().string() + " has a damaged header"};
    if (stored != identity) {
        return Error{ErrorCode::invalid,
                     file_.path().string() +
                         " belongs to another chain: use this chain's data directory, or an empty one"};
    }
    std::copy(salt.begin(), salt.end(), salt_.begin());
    identity_ = identity;
    return {};
}

Result<std::optional<RecordFile::Found>> RecordFile::record_at(std::uint64_t offset,
                                                               std::uint64_t file_size) const {
    if (file_size - offset < k_record_overhead) return std::optional<Found>();
    DURE_TRY(const Bytes head, file_.read(offset, k_record_overhead));
    Reader reader(head);
    std::uint32_t mark = 0;
    std::uint32_t length = 0;
    std::uint32_t loose = 0;
    Checksum stored{};
    DURE_ASSERT(reader.number(mark) && reader.number(length) && reader.number(loose) &&
                dure::read(reader, stored));
    if (mark != k_record_mark || length > k_max_record_bytes ||
        length > file_size - offset - k_record_overhead)
        return std::optional<Found>();
    DURE_TRY(Bytes record, file_.read(offset + k_record_overhead, length));
    if (checksum(offset, loose, record) != stored) return std::optional<Found>();
    return std::optional<Found>({offset, loose, std::move(record)});
}

Result<std::optional<RecordFile::Found>> RecordFile::record_after(std::uint64_t offset,
                                                                  std::uint64_t file_size) const {
    const Bytes mark = encode(k_record_mark);
    for (std::uint64_t at = offset + 1; at + k_record_overhead <= file_size; at += k_search_window) {
        // Windows overlap by the mark's length, so that none is missed at a joint.
        const auto count = static_cast<std::size_t>(
            std::min<std::uint64_t>(k_search_window + mark.size() - 1, file_size - at));
        DURE_TRY(const Bytes window, file_.read(at, count));
        for (auto found = window.begin();; ++found) {
            found = std::search(found, window.end(), mark.begin(), mark.end());
            if (found == window.end()) break;
            const std::uint64_t candidate = at + static_cast<std::uint64_t>(found - window.begin());
            DURE_TRY(auto record, record_at(candidate, file_size));
            if (record) return record;
        }
    }
    return std::optional<Found>();
}

Status RecordFile::check_torn(std::uint64_t offset, std::uint64_t file_size) const {
    for (std::uint64_t from = offset;;) {
        DURE_TRY(const auto good, record_after(from, file_size));
        if (!good) return {};
        if (good->offset - good->loose > offset) {
            return Error{ErrorCode::corrupt, file_.path().string() + " is damaged at byte " +
                                                 std::to_string(offset) + ", before a good record at byte " +
                                                 std::to_string(good->offset) +
                                                 ": no crash does that, so the disk or another program did"};
        }
        from = good->offset;
    }
}

Result<RecordFile::Opened> RecordFile::open(const std::filesystem::path& path, std::string_view kind,
                                            const Hash& chain_id, const Visitor& visit, Files& files) {
    Opened opened;
    RecordFile& file = opened.file;
    DURE_TRY(file.file_, files.open(path, File::Mode::existing));
    DURE_TRY(const std::uint64_t size, file.file_.size());
    if (size < k_header_bytes) {
        return Error{ErrorCode::corrupt, path.string() + " has " + std::to_string(size) +
                                             " bytes, which is less than its header"};
    }
    DURE_CHECK(file.read_header(identity_of(kind, chain_id)));

    std::uint64_t offset = k_header_bytes;
    while (offset < size) {
        DURE_TRY(const auto record, file.record_at(offset, size));
        if (!record) break;
        DURE_CHECK(visit({offset, static_cast<std::uint32_t>(record->record.size())}, record->record));
        offset += k_record_overhead + record->record.size();
    }
    if (offset < size) {
        DURE_CHECK(file.check_torn(offset, size));
        DURE_CHECK(file.file_.truncate(offset));
        opened.cut_bytes = size - offset;
    }
    // A process that was killed may have left what only the operating system remembers.
    DURE_CHECK(file.file_.sync());
    file.durable_end_ = offset;
    file.end_ = offset;
    return opened;
}

Result<std::vector<RecordPlace>> RecordFile::append(std::span<const Bytes> records) {
    if (broken_)
        return Error{ErrorCode::io,
                     file_.path().string() + " takes no more records after a failed write; restart the node"};
    std::vector<RecordPlace> places;
    Writer writer;
    for (const Bytes& record : records) {
        DURE_ASSERT(record.size() <= k_max_record_bytes);
        const std::uint64_t offset = end_ + writer.bytes().size();
        const std::uint64_t loose = offset - durable_end_;
        DURE_ASSERT(loose <= std::numeric_limits<std::uint32_t>::max());
        places.push_back({offset, static_cast<std::uint32_t>(record.size())});
        writer.number(k_record_mark);
        writer.number(static_cast<std::uint32_t>(record.size()));
        writer.number(static_cast<std::uint32_t>(loose));
        writer.raw(checksum(offset, static_cast<std::uint32_t>(loose), record));
        writer.raw(record);
    }
    if (auto written = file_.write(end_, writer.bytes()); !written) {
        broken_ = !file_.truncate(end_);
        return std::move(written).error();
    }
    end_ += writer.bytes().size();
    return places;
}

Status RecordFile::sync() {
    auto synced = file_.sync();
    broken_ = broken_ || !synced;
    if (synced) durable_end_ = end_;
    return synced;
}

Status RecordFile::cut(std::uint64_t offset) {
    DURE_ASSERT(offset >= k_header_bytes && offset <= end_);
    DURE_CHECK(file_.truncate(offset));
    DURE_CHECK(file_.sync());
    end_ = durable_end_ = offset;
    return {};
}

Result<Bytes> RecordFile::read(RecordPlace place) const {
    DURE_ASSERT(place.offset + k_record_overhead + place.length <= end_);
    DURE_TRY(auto found, record_at(place.offset, end_));
    if (!found || found->record.size() != place.length) {
        return Error{ErrorCode::corrupt, file_.path().string() + " no longer holds the record at byte " +
                                             std::to_string(place.offset)};
    }
    return std::move(found->record);
}

}  // namespace dure::node
