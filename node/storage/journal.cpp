#include "node/storage/journal.h"

namespace dure::node {

namespace {

constexpr std::string_view k_journal_kind = "journal";

}  // namespace

Journal::Journal(std::filesystem::path path, const Hash& chain_id, RecordFile file)
    : path_(std::move(path)), chain_id_(chain_id), file_(std::move(file)) {}

Result<Journal> Journal::create(const std::filesystem::path& path, const Hash& chain_id) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored))
        return Error{ErrorCode::duplicate, "there is a journal at " + path.string() + " already"};
    DURE_TRY(auto file, RecordFile::create(path, k_journal_kind, chain_id));
    return Journal(path, chain_id, std::move(file));
}

Result<Journal::Opened> Journal::open(const std::filesystem::path& path, const Hash& chain_id) {
    std::vector<Bytes> records;
    DURE_TRY(auto opened,
             RecordFile::open(path, k_journal_kind, chain_id, [&](RecordPlace, ByteView record) -> Status {
                 records.push_back(to_bytes(record));
                 return {};
             }));
    return Opened{Journal(path, chain_id, std::move(opened.file)), std::move(records), opened.cut_bytes};
}

Status Journal::append(std::span<const Bytes> records) {
    DURE_CHECK(file_.append(records));
    return file_.sync();
}

Status Journal::replace(std::span<const Bytes> records) {
    DURE_TRY(file_, RecordFile::create(path_, k_journal_kind, chain_id_, records));
    return {};
}

}  // namespace dure::node
