#include "tests/adversary/adversaries/adversaries.h"

namespace dure::adversary {

std::vector<Adversary> all_adversaries() {
    return {noise_poisoner(), trigger_poisoner()};
}

}  // namespace dure::adversary
