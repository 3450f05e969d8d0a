#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/lazy_training.h"

namespace dure::adversary {

namespace {

constexpr std::size_t k_newcomers = 4;

/// Trains half, and never opens what an audit would show.
class KeepsSilent final : public Behaviour {
  public:
    node::RoleHooks hooks(Member&) override { return {.train = train_half}; }

    std::optional<std::vector<ledger::Payload>> instead(Member&, const node::Duty& duty) override {
        if (!std::holds_alternative<node::OpenSegmentsDuty>(duty)) return std::nullopt;
        return std::vector<ledger::Payload>{};
    }
};

template <class F>
Adversary newcomers(std::string name, std::string what, F make_behaviour) {
    return {.name = std::move(name), .what = std::move(what), .enter = [make_behaviour](Cast& cast) {
                for (std::size_t i = 0; i < k_newcomers; ++i) {
                    cast.watched.push_back(cast.members.size());
                    MemberOptions newcomer;
                    newcomer.trains_as_newcomer = true;
                    newcomer.behaviour = make_behaviour();
                    cast.members.push_back(std::move(newcomer));
                }
            }};
}

}  // namespace

Adversary sybil_newcomers() {
    return newcomers("sybil_newcomers", "four newcomers who stop after half of the steps",
                     [] { return std::make_shared<TrainsWith>(train_half); });
}

Adversary silent_newcomers() {
    return newcomers("silent_newcomers", "the same, and they never open what an audit would show",
                     [] { return std::make_shared<KeepsSilent>(); });
}

}  // namespace dure::adversary
