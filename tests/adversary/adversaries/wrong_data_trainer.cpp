#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/training_cheat.h"

namespace dure::adversary {

Adversary wrong_data_trainer() {
    return training_cheat(
        "wrong_data_trainer", "trains every step on the first window it was given", [](std::uint64_t) {
            return [](const trainer::Kernels& kernels, const trainer::WorkUnit& unit, const Hash& secret,
                      const trainer::ProgressCallback& progress, const trainer::KeepState& keep) {
                const std::size_t length = unit.train.window_tokens();
                std::vector<std::int32_t> windows;
                for (std::size_t i = 0; i < unit.windows.size(); ++i)
                    windows.push_back(unit.windows[i % length]);
                trainer::WorkUnit other = unit;
                other.windows = windows;
                return trainer::train_unit(kernels, other, secret, progress, keep);
            };
        });
}

}  // namespace dure::adversary
