#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/made_up_audits.h"
#include "tests/adversary/village.h"

namespace dure::adversary {

namespace {

constexpr std::uint64_t k_accuses_every = 4;

/// Contradicts the end of what it audits, and every state that it is shown in the dispute.
class Accuses final : public MadeUpAudits {
  public:
    Accuses()
        : MadeUpAudits([this](const node::AuditDuty& duty) -> std::optional<ledger::AuditAnswer> {
              if (audits_++ % k_accuses_every != 0) return std::nullopt;
              const ledger::UnitRecord& unit = duty.audit.unit.record;
              ledger::AuditAnswer answer;
              answer.states.assign(unit.audits[duty.audit.task].count, unit.commitment->segment_root);
              if (unit.audited_whole) answer.update = unit.commitment->segment_root;
              return answer;
          }) {}

    std::optional<std::vector<ledger::Payload>> instead(Member& self, const node::Duty& duty) override {
        const auto* turn = std::get_if<node::DisputeDuty>(&duty);
        if (turn == nullptr || turn->turn.dispute.stage != ledger::DisputeStage::answering)
            return MadeUpAudits::instead(self, duty);
        return std::vector<ledger::Payload>{ledger::DisputeUpdate{turn->turn.unit.round, turn->turn.unit.unit,
                                                                  ledger::AnswerMiddle{.same = false}}};
    }

  private:
    std::uint64_t audits_ = 0;
};

}  // namespace

Adversary false_accuser() {
    return {.name = "false_accuser",
            .what = "contradicts honest trainers in one of four audits, and in the disputes that follow",
            .enter = [](Cast& cast) {
                cast.watched = {0};
                cast.members[0].behaviour = std::make_shared<Accuses>();
            }};
}

}  // namespace dure::adversary
