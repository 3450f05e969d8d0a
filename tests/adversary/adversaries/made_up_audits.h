// An auditor whose answers come from elsewhere than a replay.
#pragma once

#include <functional>
#include <map>
#include <tuple>

#include "tests/adversary/behaviour.h"
#include "tests/adversary/cast.h"

namespace dure::adversary {

class MadeUpAudits : public Behaviour {
  public:
    /// Nothing: this one is replayed honestly.
    using MakeUp = std::function<std::optional<ledger::AuditAnswer>(const node::AuditDuty&)>;
    explicit MadeUpAudits(MakeUp make_up) : make_up_(std::move(make_up)) {}

    /// Commits and opens.
    std::optional<std::vector<ledger::Payload>> instead(Member& self, const node::Duty& duty) override;

  private:
    using Key = std::tuple<std::uint64_t, std::uint32_t, std::uint32_t>;
    MakeUp make_up_;
    std::map<Key, ledger::AuditAnswer> answers_;
};

}  // namespace dure::adversary
