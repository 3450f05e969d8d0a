#include <random>

#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/training_cheat.h"

namespace dure::adversary {

Adversary free_rider() {
    return training_cheat(
        "free_rider", "trains nothing and hands in a random update", [](std::uint64_t seed) {
            return [random = std::make_shared<std::mt19937_64>(seed)](
                       const trainer::Kernels&, const trainer::WorkUnit& unit, const Hash& secret,
                       const trainer::ProgressCallback&,
                       const trainer::KeepState& keep) -> Result<trainer::UnitResult> {
                std::vector<trainer::TrainingState> states{trainer::start_state(*unit.base)};
                for (std::uint32_t boundary = 1; boundary <= unit.segments(); ++boundary) {
                    trainer::TrainingState next = states.back();
                    next.step = unit.boundary_step(boundary);
                    for (float& parameter : next.parameters)
                        parameter += static_cast<float>((*random)() % 2'001) * 1e-6F - 1e-3F;
                    states.push_back(std::move(next));
                }
                return made_up(unit, secret, keep, states);
            };
        });
}

}  // namespace dure::adversary
