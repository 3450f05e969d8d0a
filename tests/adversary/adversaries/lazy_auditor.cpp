#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/made_up_audits.h"

namespace dure::adversary {

Adversary lazy_auditor() {
    return {.name = "lazy_auditor",
            .what = "replays nothing, and says that the update is the one that was revealed",
            .enter = [](Cast& cast) {
                cast.watched = {0};
                cast.members[0].behaviour = std::make_shared<MadeUpAudits>(
                    [](const node::AuditDuty& duty) -> std::optional<ledger::AuditAnswer> {
                        const ledger::UnitRecord& unit = duty.audit.unit.record;
                        ledger::AuditAnswer answer;
                        answer.states.assign(unit.audits[duty.audit.task].count,
                                             unit.commitment->segment_root);
                        if (unit.audited_whole) answer.update = unit.revealed->update;
                        return answer;
                    });
            }};
}

}  // namespace dure::adversary
