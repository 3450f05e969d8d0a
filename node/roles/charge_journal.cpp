#include "node/roles/charge_journal.h"

#include <vector>

namespace dure::node {

namespace {

constexpr std::string_view k_charges_kind = "answered calls";

}  // namespace

Result<ChargeJournal::Opened> ChargeJournal::open(const std::filesystem::path& path, const Hash& chain_id,
                                                  protocol::Height oldest) {
    std::map<Hash, protocol::Height> answered;
    const Result<RecordFile::Opened> opened =
        RecordFile::open(path, k_charges_kind, chain_id, [&](RecordPlace, ByteView bytes) -> Status {
            DURE_TRY(const AnsweredCall call, decode<AnsweredCall>(bytes));
            if (call.paid >= oldest) answered.insert_or_assign(call.call, call.paid);
            return {};
        });
    if (!opened && opened.error().code != ErrorCode::not_found) {
        return with_context(opened.error(),
                            "the server's record of answered calls cannot be used; restore it, or move it "
                            "away and answer again what was paid by transactions of their own");
    }
    std::vector<Bytes> records;
    records.reserve(answered.size());
    for (const auto& [call, paid] : answered)
        records.push_back(encode(AnsweredCall{call, paid}));
    DURE_TRY(RecordFile file, RecordFile::create(path, k_charges_kind, chain_id, records));
    return Opened{ChargeJournal(std::move(file)), std::move(answered)};
}

Status ChargeJournal::append(const AnsweredCall& call) {
    const Bytes record = encode(call);
    DURE_CHECK(file_.append(std::span(&record, 1)));
    return file_.sync();
}

}  // namespace dure::node
