// A participant's word that the round's accepted updates give this checkpoint with this held-out loss.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/protocol/types.h"
#include "base/result.h"
#include "ledger/records/round.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct AttestCheckpoint {
    static constexpr const char* k_name = "attest_checkpoint";
    protocol::Round round{};
    CheckpointAttestation attestation{};

    static constexpr auto fields() {
        return std::tuple(&AttestCheckpoint::round, &AttestCheckpoint::attestation);
    }
    friend bool operator==(const AttestCheckpoint&, const AttestCheckpoint&) = default;
};

/// What can be said without the state.
Status check(const AttestCheckpoint& payload);
Status apply(const AttestCheckpoint& payload, TransactionContext& context);

}  // namespace dure::ledger
