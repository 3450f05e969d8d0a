#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/lazy_training.h"
#include "tests/adversary/village.h"

namespace dure::adversary {

namespace {

/// Trains half, and keeps its own block back whenever the auditors drawn by it would see that.
class Grinds final : public Behaviour {
  public:
    node::RoleHooks hooks(Member&) override { return {.train = train_half}; }

    bool proposes(Member& self, const protocol::Block&) override {
        ledger::Overlay after(self.state());
        if (!self.village().draft(self.number(), after)) return true;
        const protocol::Round live = ledger::head(after).live;
        bool seen = false;
        ledger::Units::scan_part(
            after, live, [&](const ledger::UnitKey& key, const ledger::UnitRecord& unit) {
                const auto before = ledger::Units::find(self.state(), key);
                const bool is_drawn_now = before && before->audits.empty() && !unit.audits.empty();
                seen = seen || (unit.trainer == self.account() && is_drawn_now && will_be_seen(unit));
                return true;
            });
        return !seen;
    }
};

}  // namespace

Adversary beacon_grinder() {
    return {.name = "beacon_grinder",
            .what =
                "stops after half of the steps, and withholds its blocks whose reveal would draw auditors "
                "who see it",
            .enter = [](Cast& cast) {
                establish(cast);
                cast.watched = {0};
                cast.members[0].behaviour = std::make_shared<Grinds>();
            }};
}

}  // namespace dure::adversary
