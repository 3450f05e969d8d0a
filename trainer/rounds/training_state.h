// The state of a work unit between two steps: parameters and both moments, with the number of steps done. It
// is stored and sent as three blobs, named by the roots that its hash is made of.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/segments.h"
#include "trainer/model/config.h"
#include "trainer/rounds/checkpoint.h"

namespace dure::trainer {

struct TrainingState {
    std::vector<float> parameters;
    std::vector<float> first_moment;   ///< as parameters
    std::vector<float> second_moment;  ///< as parameters
    std::uint32_t step = 0;            ///< steps done

    friend bool operator==(const TrainingState&, const TrainingState&) = default;

    StateRoots roots() const;
    Hash hash() const { return state_hash(roots()); }

    /// From the three blobs of somebody's state after `step` steps; that they have the names they should is
    /// for the caller to see. Errors: `malformed` for a size that is not the model's, `invalid` for numbers
    /// that are not finite.
    static Result<TrainingState> decode(const ModelConfig& model, std::uint32_t step, ByteView parameters,
                                        ByteView first_moment, ByteView second_moment);
};

/// What every unit starts from: the base's parameters, moments zero.
TrainingState start_state(const Checkpoint& base);

}  // namespace dure::trainer
