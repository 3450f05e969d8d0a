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
Adversary copier();
Adversary withholding_trainer();
Adversary beacon_grinder();

// Auditing and attesting
Adversary lazy_auditor();
Adversary false_accuser();
Adversary colluding_pair();
Adversary colluding_third();
Adversary attestation_copier();

// Data
Adversary duplicate_sybil();
Adversary noise_poisoner();
Adversary trigger_poisoner();
Adversary rare_trigger_poisoner();
Adversary held_out_guesser();
Adversary held_out_borrower();
Adversary front_runner();

Adversary sybil_newcomers();
Adversary silent_newcomers();

std::vector<Adversary> all_adversaries();

}  // namespace dure::adversary
