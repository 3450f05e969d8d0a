#include "ledger/rounds/openings.h"

#include <algorithm>

#include "ledger/rounds/disputes.h"
#include "ledger/rounds/units.h"

namespace dure::ledger {

namespace {

UnitStatus status_after_opening(const UnitRecord& unit) {
    const auto answered = [](const AuditTask& task) { return task.answer.has_value(); };
    const auto agrees = [&](const AuditTask& task) { return !task.answer || unit.agrees(task); };
    // Whoever replayed it all has the update, whether its trainer is there or not.
    const bool is_known = unit.opened || (unit.audited_whole && answered(unit.audits.front()));
    if (!is_known) return UnitStatus::withheld;
    if (!std::all_of(unit.audits.begin(), unit.audits.end(), agrees)) return UnitStatus::disputed;
    if (!std::all_of(unit.audits.begin(), unit.audits.end(), answered)) return UnitStatus::unaudited;
    return unit.audited_whole ? UnitStatus::accepted : UnitStatus::revealed;
}

UnitStatus status_after_check(const UnitRecord& unit) {
    if (!unit.checked) return UnitStatus::unaudited;
    return *unit.checked ? UnitStatus::accepted : UnitStatus::disputed;
}

}  // namespace

std::uint32_t openings_awaited(const StateReader& state, const RoundRecord& round) {
    std::size_t openings = 0;
    for (const auto& [key, unit] : units_with(state, round.number, UnitStatus::revealed))
        openings += 1 + unit.audits.size();
    return static_cast<std::uint32_t>(openings);
}

void judge_openings(Overlay& state, const Parameters& parameters, RoundRecord& round, protocol::Height height,
                    Events& events) {
    for (auto& [key, unit] : units_with(state, round.number, UnitStatus::revealed)) {
        const UnitStatus status = status_after_opening(unit);
        if (status == UnitStatus::revealed) continue;
        if (status == UnitStatus::accepted) ++round.accepted;
        if (status == UnitStatus::withheld) {
            withhold(state, parameters, key, unit, height, events);
            continue;
        }
        judge_unit(state, key, unit, status, events);
        if (status == UnitStatus::disputed) {
            const bool opened = open_dispute(state, parameters, key, unit, 0, height, events);
            DURE_ASSERT(opened);
        }
    }
}

std::uint32_t checks_awaited(const StateReader& state, const RoundRecord& round) {
    return static_cast<std::uint32_t>(units_with(state, round.number, UnitStatus::revealed).size());
}

void judge_checks(Overlay& state, const Parameters& parameters, RoundRecord& round, protocol::Height height,
                  Events& events) {
    for (auto& [key, unit] : units_with(state, round.number, UnitStatus::revealed)) {
        const UnitStatus status = status_after_check(unit);
        if (status == UnitStatus::accepted) ++round.accepted;
        judge_unit(state, key, unit, status, events);
        if (status == UnitStatus::disputed)
            open_quantization_dispute(state, parameters, key, unit, height, events);
    }
}

}  // namespace dure::ledger
