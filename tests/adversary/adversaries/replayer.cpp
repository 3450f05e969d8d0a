#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/training_cheat.h"

namespace dure::adversary {

namespace {

/// Trains its first unit, and hands in that way again for all others.
class Again {
  public:
    Result<trainer::UnitResult> operator()(const trainer::Kernels& kernels, const trainer::WorkUnit& unit,
                                           const Hash& secret, const trainer::ProgressCallback& progress,
                                           const trainer::KeepState& keep) {
        if (!first_.empty()) return made_up(unit, secret, keep, moved_to(unit));
        base_ = trainer::start_state(*unit.base).parameters;
        const auto remember = [&](std::uint32_t boundary, const trainer::TrainingState& state) {
            first_.push_back(state);
            if (keep) keep(boundary, state);
        };
        return trainer::train_unit(kernels, unit, secret, progress, remember);
    }

  private:
    /// The same differences from another base.
    std::vector<trainer::TrainingState> moved_to(const trainer::WorkUnit& unit) const {
        std::vector<trainer::TrainingState> states = first_;
        for (trainer::TrainingState& state : states) {
            for (std::size_t i = 0; i < base_.size(); ++i)
                state.parameters[i] += unit.base->parameters[i] - base_[i];
        }
        return states;
    }

    std::vector<float> base_;
    std::vector<trainer::TrainingState> first_;
};

}  // namespace

Adversary replayer() {
    return training_cheat("replayer", "hands in the first round's update again and again", [](std::uint64_t) {
        return [again = std::make_shared<Again>()](auto&&... arguments) {
            return (*again)(std::forward<decltype(arguments)>(arguments)...);
        };
    });
}

}  // namespace dure::adversary
