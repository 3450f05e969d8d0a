#include "ledger/rounds/units.h"

#include "ledger/ownership/slashing.h"
#include "ledger/rounds/audit_plan.h"

namespace dure::ledger {

std::vector<std::pair<UnitKey, UnitRecord>> units_with(const StateReader& state, protocol::Round round,
                                                       UnitStatus status) {
    std::vector<std::pair<UnitKey, UnitRecord>> units;
    Units::scan_part(state, round, [&](const UnitKey& key, const UnitRecord& unit) {
        if (unit.status == status) units.emplace_back(key, unit);
        return true;
    });
    return units;
}

void judge_unit(Overlay& state, const UnitKey& key, UnitRecord unit, UnitStatus status, Events& events) {
    unit.status = status;
    Units::put(state, key, unit);
    events.push_back(UnitJudged{.round = key.round, .unit = key.unit, .status = status});
}

void withhold(Overlay& state, const Parameters& parameters, const UnitKey& key, const UnitRecord& unit,
              protocol::Height height, Events& events) {
    judge_unit(state, key, unit, UnitStatus::withheld, events);
    if (unit.audited_whole) return;
    const std::uint32_t segments = ChainInfo::get(state).unit.segments();
    std::uint32_t audited = 0;
    for (const AuditTask& task : unit.audits)
        audited += task.count;
    DURE_ASSERT(audited > 0);
    const std::uint32_t units = (segments + audited - 1) / audited;
    const Shares forfeit{unit_value(parameters, key.round).value * units};
    claw_back_compute(state, parameters, unit.trainer, forfeit, height, events);
}

}  // namespace dure::ledger
