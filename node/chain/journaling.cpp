#include "node/chain/journaling.h"

#include "base/assert.h"

namespace dure::node {

Result<std::optional<std::uint64_t>> keep_records(std::optional<Journal>& journal,
                                                  const consensus::Effects& effects,
                                                  const RenewJournal& renew) {
    std::vector<Bytes> records;
    std::optional<std::uint64_t> last;
    for (const consensus::Effect& effect : effects) {
        if (const auto* order = std::get_if<consensus::RenewJournal>(&effect)) {
            DURE_TRY(journal, renew(order->records));
            records.clear();
        }
        const auto* persist = std::get_if<consensus::Persist>(&effect);
        if (persist == nullptr) continue;
        records.push_back(persist->record);
        last = persist->number;
    }
    if (records.empty()) return std::optional<std::uint64_t>();
    DURE_ASSERT(journal.has_value());
    DURE_CHECK(journal->append(records));
    return last;
}

Status compact(std::optional<Journal>& journal, const consensus::Simplex& simplex, std::uint64_t bytes) {
    if (!journal || journal->size() <= bytes) return {};
    const std::vector<Bytes> live = simplex.live_records();
    std::uint64_t live_bytes = 0;
    for (const Bytes& record : live)
        live_bytes += record.size();
    if (live_bytes > bytes / 2) return {};
    return journal->replace(live);
}

}  // namespace dure::node
