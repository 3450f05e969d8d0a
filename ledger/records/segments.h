// A work unit's segments as they lie in the state, and commitments to what is said later
// (docs/protocol/rounds.md). Leaves and states' names are in base/segments.h.
//
// Promise: no commitment of one account opens as another's, and none of one purpose as another.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/merkle.h"
#include "base/protocol/types.h"
#include "base/segments.h"

namespace dure::ledger {

inline constexpr std::uint32_t k_max_segments = 32;
inline constexpr std::size_t k_max_boundaries = k_max_segments + 1;
inline constexpr std::uint32_t k_max_unit_steps = 65'536;

/// The states at a unit's boundaries, in order.
using BoundaryStates = BoundedList<Hash, k_max_boundaries>;

/// How a work unit is cut: `steps` optimizer steps, a boundary behind every `segment_steps` and at the end.
struct SegmentPlan {
    std::uint32_t steps = 0;
    std::uint32_t segment_steps = 0;

    static constexpr auto fields() { return std::tuple(&SegmentPlan::steps, &SegmentPlan::segment_steps); }
    friend bool operator==(const SegmentPlan&, const SegmentPlan&) = default;

    std::uint32_t segments() const { return segments_in(steps, segment_steps); }
    /// Steps done at a boundary, 0 to segments().
    std::uint32_t step_at(std::uint32_t boundary) const {
        return boundary_step(steps, segment_steps, boundary);
    }
};

/// One boundary, opened on its own.
struct BoundaryOpening {
    std::uint32_t boundary = 0;
    Hash salt;
    StateRoots roots;
    BoundedList<Hash, 8> path;  ///< siblings from the leaf upward

    static constexpr auto fields() {
        using T = BoundaryOpening;
        return std::tuple(&T::boundary, &T::salt, &T::roots, &T::path);
    }
    friend bool operator==(const BoundaryOpening&, const BoundaryOpening&) = default;
};
/// True if the opening's leaf stands at its place among `count` boundaries under `root`.
bool opens(const BoundaryOpening& opening, const Hash& root, std::uint32_t count);

/// The name of the update of a unit whose step, from 1, was not finite: the blob of a byte 1 and the step.
Hash null_update_name(std::uint32_t step);

/// H("dure/update/commitment", account ‖ update ‖ salt).
Hash update_commitment(const Account& account, const Hash& update, const Hash& salt);

/// A commitment on its own, as it stands in several transactions.
struct Commit {
    Hash commitment;

    static constexpr auto fields() { return std::tuple(&Commit::commitment); }
    friend bool operator==(const Commit&, const Commit&) = default;
};

/// What an auditor's replay gave.
struct AuditAnswer {
    BoundaryStates states;       ///< at the end of each replayed segment
    std::optional<Hash> update;  ///< its name; of a full replay only

    static constexpr auto fields() { return std::tuple(&AuditAnswer::states, &AuditAnswer::update); }
    friend bool operator==(const AuditAnswer&, const AuditAnswer&) = default;
};
/// H("dure/audit", account ‖ u64 round ‖ u32 unit ‖ u32 task ‖ answer ‖ salt).
Hash audit_commitment(const Account& account, protocol::Round round, std::uint32_t unit, std::uint32_t task,
                      const AuditAnswer& answer, const Hash& salt);

}  // namespace dure::ledger
