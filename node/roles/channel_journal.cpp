#include "node/roles/channel_journal.h"

#include <map>

namespace dure::node {

namespace {

constexpr std::string_view k_kind = "channel accounts";
/// Below this a rewrite is not worth its syncs.
constexpr std::uint64_t k_small_file_bytes = 1 << 20;

}  // namespace

Result<ChannelJournal::Opened> ChannelJournal::open(const std::filesystem::path& path, const Hash& chain_id) {
    std::map<Hash, ChannelAccount> latest;
    Result<RecordFile::Opened> opened =
        RecordFile::open(path, k_kind, chain_id, [&](RecordPlace, ByteView bytes) -> Status {
            DURE_TRY(const ChannelAccount account, decode<ChannelAccount>(bytes));
            if (account.spent > account.cumulative)
                return Error{ErrorCode::corrupt, path.string() + " says that channel " +
                                                     account.channel.hex() + " spent more than was signed"};
            latest.insert_or_assign(account.channel, account);
            return {};
        });
    if (!opened) {
        if (opened.error().code != ErrorCode::not_found) {
            return with_context(opened.error(),
                                "the server's record of vouchers cannot be used; restore it, or move it away "
                                "and lose the vouchers that are not settled");
        }
        DURE_TRY(RecordFile file, RecordFile::create(path, k_kind, chain_id));
        return Opened{ChannelJournal(path, chain_id, std::move(file)), {}};
    }
    std::vector<ChannelAccount> accounts;
    for (const auto& [channel, account] : latest)
        accounts.push_back(account);
    return Opened{ChannelJournal(path, chain_id, std::move(opened->file)), std::move(accounts)};
}

Status ChannelJournal::append(const ChannelAccount& account) {
    const Bytes record = encode(account);
    DURE_CHECK(file_.append(std::span(&record, 1)));
    return file_.sync();
}

bool ChannelJournal::wants_rewrite(std::size_t accounts) const {
    static const std::size_t k_record_bytes = encode(ChannelAccount{}).size() + RecordFile::k_record_overhead;
    return file_.size() > k_small_file_bytes && file_.size() > 4 * accounts * k_record_bytes;
}

Status ChannelJournal::rewrite(std::span<const ChannelAccount> accounts) {
    std::vector<Bytes> records;
    records.reserve(accounts.size());
    for (const ChannelAccount& account : accounts)
        records.push_back(encode(account));
    DURE_TRY(RecordFile file, RecordFile::create(path_, k_kind, chain_id_, records));
    file_ = std::move(file);
    return {};
}

}  // namespace dure::node
