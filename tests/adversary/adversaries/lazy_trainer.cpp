#include <algorithm>

#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/lazy_training.h"
#include "tests/adversary/world.h"

namespace dure::adversary {

Result<trainer::UnitResult> train_half(const trainer::Kernels& kernels, const trainer::WorkUnit& unit,
                                       const Hash& secret, const trainer::ProgressCallback& progress,
                                       const trainer::KeepState& keep) {
    std::vector<trainer::TrainingState> states;
    const auto remember = [&](std::uint32_t, const trainer::TrainingState& state) {
        states.push_back(state);
    };
    const auto half_way = [&](const trainer::UnitProgress& now) {
        return progress(now) && 2 * now.step <= now.steps;
    };
    // Cancelled one step later, so that the state half way is seen and the learning rate's schedule is the whole unit's.
    (void)trainer::train_unit(kernels, unit, secret, half_way, remember);
    for (std::size_t boundary = states.size(); boundary <= unit.segments(); ++boundary) {
        states.push_back(states.back());
        states.back().step = unit.boundary_step(static_cast<std::uint32_t>(boundary));
    }
    return made_up(unit, secret, keep, states);
}

bool will_be_seen(const ledger::UnitRecord& unit) {
    const std::uint32_t segments = segments_in(world().train.steps, world().train.segment_steps);
    return std::any_of(unit.audits.begin(), unit.audits.end(), [&](const ledger::AuditTask& task) {
        return 2 * (task.first + task.count) > segments;
    });
}

Adversary lazy_trainer() {
    Adversary lazy =
        training_cheat("lazy_trainer", "stops after half of the steps, of which audits see a part",
                       [](std::uint64_t) { return train_half; });
    lazy.enter = [enter = lazy.enter](Cast& cast) {
        establish(cast);
        enter(cast);
    };
    return lazy;
}

}  // namespace dure::adversary
