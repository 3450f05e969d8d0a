// A unit of one's own, trained: what is committed to, shown, served and opened later. Trained once and written
// into the notebook; again only if the note or its blobs are gone.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <span>
#include <tuple>

#include "node/roles/tasks.h"

namespace dure::node {

struct UnitNote {
    Hash update;
    std::uint64_t bytes = 0;
    std::uint64_t tokens = 0;
    std::uint64_t loss_first = 0;
    std::uint64_t loss_last = 0;
    ledger::BoundaryStates states;
    /// Those whose arrays are kept as blobs, and the last one.
    BoundedList<ledger::ServedState, ledger::k_max_boundaries> roots;

    static constexpr auto fields() {
        using T = UnitNote;
        return std::tuple(&T::update, &T::bytes, &T::tokens, &T::loss_first, &T::loss_last, &T::states,
                          &T::roots);
    }
    const StateRoots* roots_at(std::uint32_t boundary) const;
};

/// The unit's note and its update's blob; trains if one of them is not here. While the chain might have it
/// audited in part, the states at its boundaries are kept as blobs, too.
boost::asio::awaitable<Result<UnitNote>> trained(const WorkTools& tools, ledger::AssignedUnit unit,
                                                 std::shared_ptr<Cancelled> cancelled);

/// As `trained`; the states at these boundaries are kept as blobs, and in the note's roots.
boost::asio::awaitable<Result<UnitNote>> with_states(const WorkTools& tools, ledger::AssignedUnit unit,
                                                     std::vector<std::uint32_t> boundaries,
                                                     std::shared_ptr<Cancelled> cancelled);

}  // namespace dure::node
