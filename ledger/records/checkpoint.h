// A checkpoint as the ledger knows it: by name only.
#pragma once

#include <cstdint>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/protocol/types.h"

namespace dure::ledger {

struct CheckpointRecord {
    protocol::Round round;            ///< the round that made it; 0 is genesis's
    Hash root;                        ///< Merkle root over its parameters and outer momentum
    Hash blob;                        ///< the name of its bytes
    std::uint64_t held_out_loss = 0;  ///< micro-nats a token

    static constexpr auto fields() {
        using T = CheckpointRecord;
        return std::tuple(&T::round, &T::root, &T::blob, &T::held_out_loss);
    }
    friend bool operator==(const CheckpointRecord&, const CheckpointRecord&) = default;
};

}  // namespace dure::ledger
