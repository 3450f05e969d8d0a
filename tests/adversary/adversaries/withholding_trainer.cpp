#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/lazy_training.h"

namespace dure::adversary {

namespace {

/// Trains half, and goes silent wherever an audit would show it.
class Withholds final : public Behaviour {
  public:
    node::RoleHooks hooks(Member&) override { return {.train = train_half}; }

    std::optional<std::vector<ledger::Payload>> instead(Member&, const node::Duty& duty) override {
        const ledger::UnitRecord* unit = nullptr;
        if (const auto* serve = std::get_if<node::ServeDuty>(&duty)) unit = &serve->unit.record;
        if (const auto* open = std::get_if<node::OpenSegmentsDuty>(&duty)) unit = &open->unit.record;
        if (unit == nullptr || !will_be_seen(*unit)) return std::nullopt;
        return std::vector<ledger::Payload>{};
    }
};

}  // namespace

Adversary withholding_trainer() {
    return {
        .name = "withholding_trainer",
        .what = "stops after half of the steps, and serves and opens nothing where an audit would show it",
        .enter = [](Cast& cast) {
            establish(cast);
            cast.watched = {0};
            cast.members[0].behaviour = std::make_shared<Withholds>();
        }};
}

}  // namespace dure::adversary
