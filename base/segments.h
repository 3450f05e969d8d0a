// What a work unit says about its way: the states of its parameters and moments at the boundaries of its
// segments, hashed, salted, and committed to by one Merkle root. Trainers make these hashes, auditors answer
// with them, the chain compares them; the states themselves are three blobs each.
//
// Promises: boundary 0 lies before the first step, boundary segments_in() behind the last. A leaf tells
// nobody its state before the secret is opened. Not here: how a state comes about (trainer/rounds).
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "base/hash.h"

namespace dure {

/// The three arrays of a training state, each by the Merkle root over its bytes in chunks of 64 KiB: the name
/// of the blob that they make.
struct StateRoots {
    Hash parameters;
    Hash first_moment;
    Hash second_moment;

    static constexpr auto fields() {
        return std::tuple(&StateRoots::parameters, &StateRoots::first_moment, &StateRoots::second_moment);
    }
    friend bool operator==(const StateRoots&, const StateRoots&) = default;
};

/// A state, as trainers and auditors name it.
Hash state_hash(const StateRoots& roots);
/// What stands in the place of the state after step `step` (from 1), and of all later ones, if the numbers of
/// that step are not finite. `before` is the state_hash from which the step was taken.
Hash not_finite_state(std::uint32_t step, const Hash& before);

/// `secret` is known to the trainer alone until it is opened.
Hash segment_salt(const Hash& secret, std::uint32_t boundary);
Hash segment_leaf(const Hash& salt, const Hash& state);
/// The leaves of a unit whose states at boundaries 0, 1, 2, ... are `states`.
std::vector<Hash> segment_leaves(const Hash& secret, std::span<const Hash> states);
/// The Merkle root over segment_leaves: what a trainer commits to.
Hash segment_root(const Hash& secret, std::span<const Hash> states);

/// Segments of a unit; the last may be shorter. Needs segment_steps > 0.
constexpr std::uint32_t segments_in(std::uint32_t steps, std::uint32_t segment_steps) {
    return steps / segment_steps + (steps % segment_steps == 0 ? 0 : 1);
}
/// Steps done at a boundary from 0 to segments_in().
constexpr std::uint32_t boundary_step(std::uint32_t steps, std::uint32_t segment_steps,
                                      std::uint32_t boundary) {
    const std::uint64_t step = std::uint64_t{segment_steps} * boundary;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(step, steps));
}

}  // namespace dure
