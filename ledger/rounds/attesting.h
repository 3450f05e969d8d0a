// Whether the participants stand behind one next checkpoint.
#pragma once

#include <optional>

#include "ledger/records/tables.h"

namespace dure::ledger {

/// Participants whose word counts: those with bonded shares when joining closed.
std::uint32_t attesters(const RoundRecord& round);

/// What was opened alike by at least two thirds of the round's weight and `attest_bonded_min_bp` of all bonded
/// shares, if there is such.
std::optional<CheckpointAttestation> agreed_checkpoint(const StateReader& state, const Parameters& parameters,
                                                       const RoundRecord& round);

/// Whether this is an opened word for that checkpoint.
bool attests(const AttestationRecord& record, const CheckpointRecord& checkpoint);

/// Participants who committed to an attestation.
std::uint32_t attestations_committed(const StateReader& state, const RoundRecord& round);

}  // namespace dure::ledger
