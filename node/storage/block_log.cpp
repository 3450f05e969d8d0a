#include "node/storage/block_log.h"

#include "base/assert.h"

namespace dure::node {

using protocol::Height;

namespace {

constexpr std::string_view k_blocks_kind = "blocks";

}  // namespace

Result<BlockLog::Opened> BlockLog::open(const std::filesystem::path& path, const Hash& chain_id,
                                        const Hash& genesis_block, Files& files) {
    Opened opened;
    BlockLog& log = opened.log;
    log.genesis_block_ = genesis_block;
    if (!files.exists(path)) {
        DURE_TRY(log.file_, RecordFile::create(path, k_blocks_kind, chain_id, {}, files));
        return opened;
    }
    DURE_TRY(auto file,
             RecordFile::open(
                 path, k_blocks_kind, chain_id,
                 [&](RecordPlace place, ByteView record) { return log.accept(place, record); }, files));
    opened.cut_bytes = file.cut_bytes;
    log.file_ = std::move(file.file);
    if (log.hashes_.size() > log.proven_) {
        // Of the last commit some blocks are there, but not the one that proves them.
        const std::uint64_t end = log.places_[log.proven_].offset;
        opened.cut_bytes += log.file_->size() - end;
        DURE_CHECK(log.file_->cut(end));
        for (std::size_t i = log.proven_; i < log.hashes_.size(); ++i)
            log.heights_.erase(log.hashes_[i]);
        log.hashes_.resize(log.proven_);
        log.places_.resize(log.proven_);
    }
    return opened;
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
    hashes_.push_back(protocol::block_hash(header));
    places_.push_back(place);
    heights_.emplace(hashes_.back(), hashes_.size());
    if (finalization) proven_ = hashes_.size();
    return {};
}

Status BlockLog::append(std::span<const FinalBlock> blocks) {
    DURE_ASSERT(!blocks.empty() && blocks.back().finalization.has_value());
    std::vector<Bytes> records;
    records.reserve(blocks.size());
    for (const FinalBlock& block : blocks)
        records.push_back(encode(block));
    DURE_TRY(const auto places, file_->append(records));
    DURE_CHECK(file_->sync());
    for (std::size_t i = 0; i < records.size(); ++i)
        DURE_ASSERT(accept(places[i], records[i]).has_value());
    return {};
}

Result<FinalBlock> BlockLog::read(Height height) const {
    if (height.value == 0 || height > this->height()) {
        return Error{ErrorCode::not_found, "there is no block at height " + to_text(height) +
                                               "; the last is at " + to_text(this->height())};
    }
    DURE_TRY(const Bytes record, file_->read(places_[height.value - 1]));
    return decode<FinalBlock>(record);
}

std::optional<Height> BlockLog::height_of(const Hash& block) const {
    const auto found = heights_.find(block);
    if (found == heights_.end()) return std::nullopt;
    return Height{found->second};
}

std::size_t BlockLog::size_of(Height height) const {
    DURE_ASSERT(height.value > 0 && height <= this->height());
    return places_[height.value - 1].length;
}

}  // namespace dure::node
