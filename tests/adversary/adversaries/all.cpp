#include "tests/adversary/adversaries/adversaries.h"

namespace dure::adversary {

std::vector<Adversary> all_adversaries() {
    return {free_rider(), lazy_trainer(),   wrong_data_trainer(),
            replayer(),   noise_poisoner(), trigger_poisoner()};
}

}  // namespace dure::adversary
