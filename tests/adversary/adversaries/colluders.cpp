#include <map>

#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/lazy_training.h"
#include "tests/adversary/adversaries/made_up_audits.h"

namespace dure::adversary {

namespace {

/// What colluders tell each other: the states behind each update that one of them handed in.
using Pact = std::map<Hash, std::vector<Hash>>;

/// Trains half of the steps, and answers audits of its friends with what they tell.
class Colludes final : public MadeUpAudits {
  public:
    explicit Colludes(std::shared_ptr<Pact> pact)
        : MadeUpAudits([pact](const node::AuditDuty& duty) -> std::optional<ledger::AuditAnswer> {
              const ledger::UnitRecord& unit = duty.audit.unit.record;
              const auto told = pact->find(unit.revealed->update);
              if (told == pact->end()) return std::nullopt;
              const ledger::AuditTask& task = unit.audits[duty.audit.task];
              const auto first = told->second.begin() + task.first + 1;
              ledger::AuditAnswer answer;
              answer.states.assign(first, first + task.count);
              if (unit.audited_whole) answer.update = unit.revealed->update;
              return answer;
          }),
          pact_(std::move(pact)) {}

    node::RoleHooks hooks(Member&) override {
        return {.train = [pact = pact_](auto&&... arguments) -> Result<trainer::UnitResult> {
            auto result = train_half(std::forward<decltype(arguments)>(arguments)...);
            if (result) (*pact)[result->update_hash] = result->states;
            return result;
        }};
    }

  private:
    std::shared_ptr<Pact> pact_;
};

Adversary colluders(std::string name, std::string what, std::size_t count) {
    return {.name = std::move(name), .what = std::move(what), .enter = [count](Cast& cast) {
                establish(cast);
                const auto pact = std::make_shared<Pact>();
                for (std::size_t i = 0; i < count; ++i) {
                    cast.watched.push_back(i);
                    cast.members[i].behaviour = std::make_shared<Colludes>(pact);
                }
            }};
}

}  // namespace

Adversary colluding_pair() {
    return colluders("colluding_pair",
                     "two train half, and confirm each other's units when they are drawn for them", 2);
}

Adversary colluding_third() {
    return colluders("colluding_third", "the same, by three of eight members", 3);
}

}  // namespace dure::adversary
