#include "tests/adversary/adversaries/made_up_audits.h"

#include "tests/adversary/village.h"

namespace dure::adversary {

std::optional<std::vector<ledger::Payload>> MadeUpAudits::instead(Member& self, const node::Duty& duty) {
    if (const auto* audit = std::get_if<node::AuditDuty>(&duty)) {
        const ledger::AssignedUnit& unit = audit->audit.unit;
        const auto made_up = make_up_(*audit);
        if (!made_up) return std::nullopt;
        answers_[{unit.round.value, unit.unit, audit->audit.task}] = *made_up;
        return std::vector<ledger::Payload>{ledger::AuditUpdate{
            unit.round, unit.unit, audit->audit.task,
            ledger::Commit{ledger::audit_commitment(self.account(), unit.round, unit.unit, audit->audit.task,
                                                    *made_up, Hash{})}}};
    }
    if (const auto* open = std::get_if<node::OpenAuditDuty>(&duty)) {
        const ledger::AssignedUnit& unit = open->audit.unit;
        const auto made_up = answers_.find({unit.round.value, unit.unit, open->audit.task});
        if (made_up == answers_.end()) return std::nullopt;
        return std::vector<ledger::Payload>{ledger::AuditUpdate{
            unit.round, unit.unit, open->audit.task, ledger::AuditOpening{made_up->second, Hash{}}}};
    }
    return std::nullopt;
}

}  // namespace dure::adversary
