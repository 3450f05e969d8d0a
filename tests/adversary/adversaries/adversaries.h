// The cheats, a file each. Each changes one thing in what an honest member does.
#pragma once

#include <vector>

#include "tests/adversary/measure.h"

namespace dure::adversary {

// Data
Adversary duplicate_sybil();
Adversary noise_poisoner();
Adversary trigger_poisoner();
Adversary held_out_guesser();

std::vector<Adversary> all_adversaries();

}  // namespace dure::adversary
