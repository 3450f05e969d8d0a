// Who validates in the next epoch: the N largest bonds among those who stand and are there. A pure function of the
// state before the last block of an epoch, to which that block's header commits with its state_root; so whoever has
// that state can check the hash of the set that the header names, before executing the block.
#pragma once

#include <utility>
#include <vector>

#include "base/protocol/validators.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

struct Selection {
    protocol::ValidatorSet validators;
    /// Step with `validators`: what each of them begins with.
    std::vector<ValidatorRecord> records;
    /// Too few stood: the validators before go on, with what is left of their bonds.
    bool goes_on = false;
    /// They stand no more: their bond is too small, or they have been away for too long.
    std::vector<Account> dropped;
};

/// Never empty.
///
/// - Of those who stand, all with a bond of at least `validator_bond` that have missed fewer than `absent_turns`
///   turns in a row; of these the `max_validators` largest bonds, the lesser account first among equals.
/// - If they are fewer than `min_validators`, or bond less than `min_validators_bond` together: the running epoch's
///   validators, weighing what they still have bonded, without those who have nothing bonded. If none of them has,
///   their set as it is.
Selection select_validators(const StateReader& state, const Parameters& parameters);

/// select_validators(…).validators.
protocol::ValidatorSet next_validators(const StateReader& state, const Parameters& parameters);

/// Turns, in thousandths, that the validator has missed by the end of the running epoch since it last proposed: its
/// share of the epoch's blocks counts for an epoch in which it proposed nothing.
std::uint64_t missed_turns(const CandidateRecord& candidate, const ValidatorRecord& validator,
                           const EpochRecord& running, std::uint64_t epoch_blocks);

}  // namespace dure::ledger
