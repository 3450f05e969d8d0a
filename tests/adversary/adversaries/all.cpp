#include "tests/adversary/adversaries/adversaries.h"

namespace dure::adversary {

std::vector<Adversary> all_adversaries() {
    return {free_rider(),       lazy_trainer(),          wrong_data_trainer(), replayer(),
            copier(),           withholding_trainer(),   beacon_grinder(),     sybil_newcomers(),
            silent_newcomers(), lazy_auditor(),          false_accuser(),      colluding_pair(),
            colluding_third(),  attestation_copier(),    duplicate_sybil(),    noise_poisoner(),
            trigger_poisoner(), rare_trigger_poisoner(), held_out_guesser(),   held_out_borrower(),
            front_runner()};
}

}  // namespace dure::adversary
