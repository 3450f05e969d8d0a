#include "ledger/records/unit.h"

#include <algorithm>

#include "base/assert.h"

namespace dure::ledger {

const char* name_of(UnitStatus status) {
    switch (status) {
        case UnitStatus::assigned:
            return "assigned";
        case UnitStatus::missing:
            return "missing";
        case UnitStatus::submitted:
            return "submitted";
        case UnitStatus::withheld:
            return "withheld";
        case UnitStatus::revealed:
            return "revealed";
        case UnitStatus::accepted:
            return "accepted";
        case UnitStatus::disputed:
            return "disputed";
        case UnitStatus::rejected:
            return "rejected";
        case UnitStatus::upheld:
            return "upheld";
        case UnitStatus::refused:
            return "refused";
        case UnitStatus::unaudited:
            return "unaudited";
    }
    return "unknown";
}

std::size_t UnitRecord::holders_ready() const {
    return static_cast<std::size_t>(
        std::count_if(holders.begin(), holders.end(), [](const Holder& one) { return one.holds; }));
}

std::vector<std::uint32_t> UnitRecord::starts_needed() const {
    std::vector<std::uint32_t> boundaries;
    for (const AuditTask& task : audits) {
        if (task.first > 0) boundaries.push_back(task.first);
    }
    return boundaries;
}

bool UnitRecord::agrees(const AuditTask& task) const {
    DURE_ASSERT(can_compare(task) && revealed.has_value());
    if (!opened) return task.answer->update == revealed->update;
    const BoundaryStates& claimed = opened->states;
    const BoundaryStates& found = task.answer->states;
    if (audited_whole) {
        return task.answer->update == revealed->update &&
               std::equal(claimed.begin() + 1, claimed.end(), found.begin(), found.end());
    }
    return found.size() == task.count &&
           std::equal(found.begin(), found.end(), claimed.begin() + task.first + 1);
}

}  // namespace dure::ledger
