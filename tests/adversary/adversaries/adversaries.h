// The cheats, a file each. Each changes one thing in what an honest member does.
#pragma once

#include <vector>

#include "tests/adversary/cast.h"

namespace dure::adversary {

// Training
Adversary free_rider();
Adversary lazy_trainer();
Adversary wrong_data_trainer();
Adversary replayer();

// Data
Adversary duplicate_sybil();
Adversary noise_poisoner();
Adversary trigger_poisoner();
Adversary held_out_guesser();

std::vector<Adversary> all_adversaries();

}  // namespace dure::adversary
