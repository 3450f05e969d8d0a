// A founder that trains its units in a way of its own, and is an honest member otherwise.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/adversary/behaviour.h"
#include "tests/adversary/cast.h"
#include "trainer/rounds/work_unit.h"

namespace dure::adversary {

/// A trainer's function as a behaviour. `UnitTrainer`'s state is the cheat's memory.
class TrainsWith final : public Behaviour {
  public:
    explicit TrainsWith(node::UnitTrainer train) : train_(std::move(train)) {}
    node::RoleHooks hooks(Member&) override { return {.train = train_}; }

  private:
    node::UnitTrainer train_;
};

/// Among honest founders one that trains with what `make_trainer(seed)` gives.
template <class F>
Adversary training_cheat(std::string name, std::string what, F make_trainer) {
    const auto enter = [make_trainer](Cast& cast) {
        cast.watched = {0};
        cast.members[0].behaviour = std::make_shared<TrainsWith>(make_trainer(cast.seed));
    };
    return {.name = std::move(name), .what = std::move(what), .enter = enter};
}

/// What a trainer would hand in whose way led through these states, at the boundaries, though it did not.
trainer::UnitResult made_up(const trainer::WorkUnit& unit, const Hash& secret, const trainer::KeepState& keep,
                            const std::vector<trainer::TrainingState>& states);

}  // namespace dure::adversary
