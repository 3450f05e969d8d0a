// A participant's word that the round's accepted updates give this checkpoint with this held-out loss: committed
// to first, opened when all have, so that nobody can repeat another's.
#pragma once

#include <tuple>
#include <variant>

#include "base/codec.h"
#include "base/protocol/types.h"
#include "base/result.h"
#include "ledger/records/round.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct AttestationOpening {
    CheckpointAttestation attestation;
    Hash salt;

    static constexpr auto fields() {
        return std::tuple(&AttestationOpening::attestation, &AttestationOpening::salt);
    }
    friend bool operator==(const AttestationOpening&, const AttestationOpening&) = default;
};
using AttestationMove = std::variant<Commit, AttestationOpening>;

struct AttestCheckpoint {
    static constexpr const char* k_name = "attest_checkpoint";
    protocol::Round round{};
    AttestationMove move{};

    static constexpr auto fields() {
        using T = AttestCheckpoint;
        return std::tuple(&T::round, &T::move);
    }
    friend bool operator==(const AttestCheckpoint&, const AttestCheckpoint&) = default;
};

/// What can be said without the state.
Status check(const AttestCheckpoint& payload);
Status apply(const AttestCheckpoint& payload, TransactionContext& context);

}  // namespace dure::ledger
