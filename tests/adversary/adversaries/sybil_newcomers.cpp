#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/lazy_training.h"

namespace dure::adversary {

namespace {

constexpr std::size_t k_newcomers = 4;

}  // namespace

Adversary sybil_newcomers() {
    return {.name = "sybil_newcomers",
            .what = "four newcomers who stop after half of the steps",
            .enter = [](Cast& cast) {
                for (std::size_t i = 0; i < k_newcomers; ++i) {
                    cast.watched.push_back(cast.members.size());
                    MemberOptions newcomer;
                    newcomer.trains_as_newcomer = true;
                    newcomer.behaviour = std::make_shared<TrainsWith>(train_half);
                    cast.members.push_back(std::move(newcomer));
                }
            }};
}

}  // namespace dure::adversary
