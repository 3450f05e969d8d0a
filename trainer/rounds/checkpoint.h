// A checkpoint: all parameters and the outer optimizer's momentum, named by a Merkle root that binds the
// model's shape.
//
// Promises: encode and decode are inverse to each other; decoding is total and bounded. Not here: how it came
// about (merge.h), and files.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/result.h"
#include "trainer/model/config.h"

namespace dure::trainer {

struct Checkpoint {
    ModelConfig config;
    std::vector<float> parameters;      ///< [config.parameter_count()], finite
    std::vector<float> outer_momentum;  ///< as parameters

    friend bool operator==(const Checkpoint&, const Checkpoint&) = default;

    /// Merkle root: the tagged hash of the encoded config, array_root(parameters) and
    /// array_root(outer_momentum).
    Hash root() const;
    /// The blob's bytes; its name is blob_hash of them.
    Bytes encode() const;
    /// Errors: `malformed`; `out_of_range` for a config that validate() refuses; `invalid` for a value not
    /// finite.
    static Result<Checkpoint> decode(ByteView bytes);
};

/// Checkpoint 0: initialized parameters, zero momentum. Errors: those of ModelConfig::validate.
Result<Checkpoint> initial_checkpoint(const ModelConfig& config, std::uint64_t seed);

}  // namespace dure::trainer
