// Votes for a proposed change, or takes such a vote back. Whoever does not vote for it counts against it.
#pragma once

#include <cstdint>
#include <tuple>

#include "base/codec.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct VoteChange {
    static constexpr const char* k_name = "vote_change";
    std::uint64_t proposal = 0;
    bool yes = true;  ///< else the vote is taken back

    static constexpr auto fields() { return std::tuple(&VoteChange::proposal, &VoteChange::yes); }
    friend bool operator==(const VoteChange&, const VoteChange&) = default;
};

/// What can be said without the state.
Status check(const VoteChange& payload);
Status apply(const VoteChange& payload, TransactionContext& context);

}  // namespace dure::ledger
