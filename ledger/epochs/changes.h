// Changes that owners vote on, when an epoch ends: votes that are due are counted, and what was accepted for the next
// epoch is applied.
#pragma once

#include "ledger/records/events.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// How the shares that voted for a proposal weigh in a state.
struct ChangeTally {
    Shares for_it;
    Shares of_all;  ///< bonded by everybody
    /// More than `quorum_bp` of all bonded shares.
    bool accepts(std::uint32_t quorum_bp) const;
};
ChangeTally tally_of(const StateReader& state, std::uint64_t proposal);

std::vector<Account> voters_for(const StateReader& state, std::uint64_t proposal);

/// In the last block of an epoch, before the next one begins. `before` is the state before that block: by it votes
/// weigh, so that every share counts for one account, wherever it moves in the block.
void advance_changes(Overlay& state, const StateReader& before, Events& events);

}  // namespace dure::ledger
