// A checkpoint as the ledger knows it: by name only; and the shapes that genesis lets the model grow to.
#pragma once

#include <cstdint>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/protocol/types.h"

namespace dure::ledger {

inline constexpr std::size_t k_max_trainer_config_bytes = 4'096;
using TrainerConfig =
    BoundedBytes<k_max_trainer_config_bytes>;  ///< the trainer's own encoding; the ledger only carries it

/// One size class of the model. Generation 0 is what genesis begins with.
struct GenerationRecord {
    std::uint64_t admitted_tokens = 0;  ///< due when so many have been accepted
    TrainerConfig architecture;

    static constexpr auto fields() {
        return std::tuple(&GenerationRecord::admitted_tokens, &GenerationRecord::architecture);
    }
    friend bool operator==(const GenerationRecord&, const GenerationRecord&) = default;
};

struct CheckpointRecord {
    protocol::Round round;            ///< the round that made it; 0 is genesis's
    Hash root;                        ///< Merkle root over its parameters and outer momentum
    Hash blob;                        ///< the name of its bytes
    std::uint64_t held_out_loss = 0;  ///< micro-nats a token
    protocol::Generation generation;

    static constexpr auto fields() {
        using T = CheckpointRecord;
        return std::tuple(&T::round, &T::root, &T::blob, &T::held_out_loss, &T::generation);
    }
    friend bool operator==(const CheckpointRecord&, const CheckpointRecord&) = default;
};

}  // namespace dure::ledger
