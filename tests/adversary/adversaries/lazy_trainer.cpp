#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/lazy_training.h"

namespace dure::adversary {

Result<trainer::UnitResult> train_half(const trainer::Kernels& kernels, const trainer::WorkUnit& unit,
                                       const Hash& secret, const trainer::ProgressCallback& progress,
                                       const trainer::KeepState& keep) {
    std::vector<trainer::TrainingState> states;
    const auto remember = [&](std::uint32_t, const trainer::TrainingState& state) {
        states.push_back(state);
    };
    const auto half_way = [&](const trainer::UnitProgress& now) {
        return progress(now) && 2 * now.step < now.steps;
    };
    // Cancelled half way, so that the learning rate's schedule is the whole unit's.
    (void)trainer::train_unit(kernels, unit, secret, half_way, remember);
    for (std::size_t boundary = states.size(); boundary <= unit.segments(); ++boundary) {
        states.push_back(states.back());
        states.back().step = unit.boundary_step(static_cast<std::uint32_t>(boundary));
    }
    return made_up(unit, secret, keep, states);
}

Adversary lazy_trainer() {
    return training_cheat("lazy_trainer", "stops after half of the steps",
                          [](std::uint64_t) { return train_half; });
}

}  // namespace dure::adversary
