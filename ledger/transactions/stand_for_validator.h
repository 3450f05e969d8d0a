// Stands for validator: with a large enough bond the sender votes from the next epoch on. It commits to a hash
// chain that its blocks reveal link by link (ledger/records/beacon.h).
#pragma once

#include <cstdint>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct StandForValidator {
    static constexpr const char* k_name = "stand_for_validator";
    Hash beacon_link{};  ///< the chain's tip
    /// Which of its chains the sender means. The ledger only keeps the number, for the sender's node: a chain whose
    /// links were revealed once is no secret any more and must not be stood with again.
    std::uint64_t chain = 0;

    static constexpr auto fields() {
        return std::tuple(&StandForValidator::beacon_link, &StandForValidator::chain);
    }
    friend bool operator==(const StandForValidator&, const StandForValidator&) = default;
};

/// What can be said without the state.
Status check(const StandForValidator& payload);
Status apply(const StandForValidator& payload, TransactionContext& context);

}  // namespace dure::ledger
