#include "node/storage/journal.h"

namespace dure::node {

namespace {

constexpr std::string_view k_journal_kind = "journal";

}  // namespace

Journal::Journal(std::filesystem::path path, const Hash& chain_id, RecordFile file, Files& files)
    : path_(std::move(path)), chain_id_(chain_id), file_(std::move(file)), files_(&files) {}

Result<Journal> Journal::create(const std::filesystem::path& path, const Hash& chain_id, Files& files) {
    if (files.exists(path))
        return Error{ErrorCode::duplicate, "there is a journal at " + path.string() + " already"};
    DURE_TRY(auto file, RecordFile::create(path, k_journal_kind, chain_id, {}, files));
    return Journal(path, chain_id, std::move(file), files);
}

Result<Journal> Journal::renew(const std::filesystem::path& path, const Hash& chain_id,
                               std::span<const Bytes> records, Files& files) {
    DURE_TRY(auto file, RecordFile::create(path, k_journal_kind, chain_id, records, files));
    return Journal(path, chain_id, std::move(file), files);
}

Result<Journal::Opened> Journal::open(const std::filesystem::path& path, const Hash& chain_id, Files& files) {
    std::vector<Bytes> records;
    DURE_TRY(auto opened, RecordFile::open(
                              path, k_journal_kind, chain_id,
                              [&](RecordPlace, ByteView record) -> Status {
                                  records.push_back(to_bytes(record));
                                  return {};
                              },
                              files));
    return Opened{Journal(path, chain_id, std::move(opened.file), files), std::move(records),
                  opened.cut_bytes};
}

Status Journal::append(std::span<const Bytes> records) {
    DURE_CHECK(file_.append(records));
    return file_.sync();
}

Status Journal::replace(std::span<const Bytes> records) {
    DURE_TRY(file_, RecordFile::create(path_, k_journal_kind, chain_id_, records, *files_));
    return {};
}

}  // namespace dure::node
