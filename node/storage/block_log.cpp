#include "node/storage/block_log.h"

#include <algorithm>

#include "base/assert.h"

namespace dure::node {

using protocol::Height;

namespace {

constexpr std::string_view k_blocks_kind = "blocks";
constexpr std::string_view k_segment_ending = ".log";
constexpr std::size_t k_segment_digits = 12;

/// A segment's first record.
struct SegmentStart {
    Height first;                                     ///< height of its first block
    Hash parent;                                      ///< which that block names as its parent
    std::optional<protocol::Certificate> epoch_root;  ///< only in a log that was begun after a state
    static constexpr auto fields() {
        return std::tuple(&SegmentStart::first, &SegmentStart::parent, &SegmentStart::epoch_root);
    }
};

std::string segment_name(Height first) {
    const std::string digits = to_text(first);
    const std::size_t zeros = k_segment_digits - std::min(k_segment_digits, digits.size());
    return std::string(zeros, '0') + digits + std::string(k_segment_ending);
}

bool is_segment(const std::string& name) {
    return name.size() == k_segment_digits + k_segment_ending.size() && name.ends_with(k_segment_ending) &&
           name.find_first_not_of("0123456789") == k_segment_digits;
}

}  // namespace

Result<BlockLog::Opened> BlockLog::open(const std::filesystem::path& directory, const Hash& chain_id,
                                        const Hash& genesis_block, Files& files,
                                        std::uint64_t segment_bytes) {
    Opened opened;
    BlockLog& log = opened.log;
    log.files_ = &files;
    log.directory_ = directory;
    log.chain_id_ = chain_id;
    log.genesis_block_ = log.base_block_ = genesis_block;
    log.segment_bytes_ = segment_bytes;
    DURE_CHECK(files.make_directory(directory));
    DURE_TRY(std::vector<std::string> names, files.list(directory));
    std::erase_if(names, [](const std::string& name) { return !is_segment(name); });
    if (names.empty()) {
        DURE_CHECK(log.roll({}));
        return opened;
    }
    for (const std::string& name : names)
        DURE_CHECK(log.open_segment(directory / name, name == names.back(), opened.cut_bytes));
    DURE_CHECK(log.drop_unproven(opened.cut_bytes));
    return opened;
}

Result<BlockLog> BlockLog::begin_after(const std::filesystem::path& directory, const Hash& chain_id,
                                       Height base, const Hash& block,
                                       std::optional<protocol::Certificate> epoch_root, Files& files) {
    if (files.exists(directory))
        return Error{ErrorCode::conflict, "there is a block log in " + directory.string() + " already"};
    DURE_CHECK(files.make_directory(directory));
    BlockLog log;
    log.files_ = &files;
    log.directory_ = directory;
    log.chain_id_ = chain_id;
    log.genesis_block_ = log.base_block_ = block;
    log.base_ = log.proven_ = base;
    log.epoch_root_ = std::move(epoch_root);
    DURE_CHECK(log.roll({}));
    return log;
}

Status BlockLog::open_segment(const std::filesystem::path& path, bool is_last, std::uint64_t& cut_bytes) {
    std::optional<Height> first;
    const auto visit = [&](RecordPlace place, ByteView record) -> Status {
        if (first) return accept(place, record);
        DURE_TRY(first, begin(path, record));
        return {};
    };
    DURE_TRY(auto opened, RecordFile::open(path, k_blocks_kind, chain_id_, visit, *files_));
    // A segment is followed by the next one only when all of it is durable.
    if (!first || (!is_last && opened.cut_bytes > 0))
        return Error{ErrorCode::corrupt, path.string() + " has lost a part of it: no crash does that"};
    segments_.push_back({path, *first, std::move(opened.file)});
    cut_bytes += opened.cut_bytes;
    return {};
}

Result<Height> BlockLog::begin(const std::filesystem::path& path, ByteView record) {
    DURE_TRY(SegmentStart start, decode<SegmentStart>(record));
    const bool is_oldest = segments_.empty();
    if (start.first == Height{} || path.filename().string() != segment_name(start.first))
        return Error{ErrorCode::corrupt, path.string() + " begins at height " + to_text(start.first) +
                                             ": it was renamed or comes from elsewhere"};
    if (is_oldest && start.first > Height{1}) {
        base_ = proven_ = Height{start.first.value - 1};
        base_block_ = start.parent;
        epoch_root_ = std::move(start.epoch_root);
    }
    if (start.first != height().next() || start.parent != tip()) {
        return Error{ErrorCode::corrupt, path.string() + " does not follow on height " + to_text(height()) +
                                             ", where the file before it ends: one is missing, or comes from "
                                             "elsewhere"};
    }
    return start.first;
}

Status BlockLog::accept(RecordPlace place, ByteView record) {
    Reader reader(record);
    std::optional<protocol::Certificate> finalization;
    protocol::Header header;
    if (!dure::read(reader, finalization) || !dure::read(reader, header))
        return with_context(reader.failure(), "the block record at byte " + std::to_string(place.offset));
    if (header.height != height().next() || header.parent != tip()) {
        return Error{ErrorCode::corrupt, "the block record at byte " + std::to_string(place.offset) +
                                             " holds height " + to_text(header.height) +
                                             ", which does not follow on height " + to_text(height())};
    }
    entries_.push_back({protocol::block_hash(header), place});
    heights_.emplace(entries_.back().hash, header.height);
    if (finalization) proven_ = header.height;
    return {};
}

Status BlockLog::drop_unproven(std::uint64_t& cut_bytes) {
    if (height() == proven_) return {};
    Segment& newest = segments_.back();
    if (proven_.next() < newest.first) {
        return Error{ErrorCode::corrupt,
                     newest.path.string() + " follows on a block without a finalization: no crash does that"};
    }
    const std::uint64_t end = entry_at(proven_.next()).place.offset;
    cut_bytes += newest.file.size() - end;
    DURE_CHECK(newest.file.cut(end));
    while (height() > proven_) {
        heights_.erase(entries_.back().hash);
        entries_.pop_back();
    }
    return {};
}

Result<std::vector<RecordPlace>> BlockLog::roll(std::vector<Bytes> blocks) {
    const Height first = height().next();
    const std::filesystem::path path = directory_ / segment_name(first);
    blocks.insert(blocks.begin(),
                  encode(SegmentStart{first, tip(), segments_.empty() ? epoch_root_ : std::nullopt}));
    auto made = RecordFile::create(path, k_blocks_kind, chain_id_, blocks, *files_);
    broken_ = !made;
    if (!made) return std::move(made).error();
    segments_.push_back({path, first, std::move(*made)});
    std::vector<RecordPlace> places;
    std::uint64_t offset = RecordFile::k_header_bytes;
    for (const Bytes& record : blocks) {
        places.push_back({offset, static_cast<std::uint32_t>(record.size())});
        offset += RecordFile::k_record_overhead + record.size();
    }
    places.erase(places.begin());
    return places;
}

Status BlockLog::append(std::span<const FinalBlock> blocks) {
    DURE_ASSERT(!blocks.empty() && blocks.back().finalization.has_value());
    if (broken_) {
        return Error{ErrorCode::io,
                     directory_.string() + " takes no more blocks after a failed write; restart the node"};
    }
    std::vector<Bytes> records;
    records.reserve(blocks.size());
    for (const FinalBlock& block : blocks)
        records.push_back(encode(block));
    std::vector<RecordPlace> places;
    if (segments_.back().file.size() >= segment_bytes_) {
        DURE_TRY(places, roll(records));
    } else {
        DURE_TRY(places, segments_.back().file.append(records));
        DURE_CHECK(segments_.back().file.sync());
    }
    for (std::size_t i = 0; i < records.size(); ++i)
        DURE_ASSERT(accept(places[i], records[i]).has_value());
    return {};
}

Status BlockLog::prune(Height keep_from) {
    while (can_prune(keep_from)) {
        DURE_CHECK(files_->erase(segments_.front().path));
        segments_.pop_front();
        epoch_root_.reset();
        while (base_.next() < segments_.front().first) {
            base_ = base_.next();
            base_block_ = entries_.front().hash;
            heights_.erase(base_block_);
            entries_.pop_front();
        }
    }
    return {};
}

const BlockLog::Entry& BlockLog::entry_at(Height height) const {
    DURE_ASSERT(has(height));
    return entries_[height.value - base_.value - 1];
}

const BlockLog::Segment& BlockLog::segment_of(Height height) const {
    const auto after = std::ranges::upper_bound(segments_, height, {}, &Segment::first);
    DURE_ASSERT(after != segments_.begin());
    return *std::prev(after);
}

Result<FinalBlock> BlockLog::read(Height height) const {
    if (height.value > 0 && height <= base_) {
        return Error{ErrorCode::expired,
                     "the block at height " + to_text(height) +
                         " was deleted here to save space: this node keeps those from height " +
                         to_text(first()) + " on; ask another node"};
    }
    if (!has(height)) {
        return Error{ErrorCode::not_found, "there is no block at height " + to_text(height) +
                                               "; the last is at " + to_text(this->height())};
    }
    DURE_TRY(const Bytes record, segment_of(height).file.read(entry_at(height).place));
    return decode<FinalBlock>(record);
}

std::optional<Height> BlockLog::height_of(const Hash& block) const {
    const auto found = heights_.find(block);
    if (found == heights_.end()) return std::nullopt;
    return found->second;
}

std::optional<Hash> BlockLog::hash_at(Height height) const {
    if (height == base_) return base_block_;
    if (!has(height)) return std::nullopt;
    return entry_at(height).hash;
}

std::size_t BlockLog::size_of(Height height) const {
    return entry_at(height).place.length;
}

}  // namespace dure::node
