// Shows the update that a work unit's trainer committed to. From now on whoever is drawn may fetch its bytes.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/protocol/types.h"
#include "base/result.h"
#include "ledger/records/round.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct RevealUpdate {
    static constexpr const char* k_name = "reveal_update";
    protocol::Round round{};
    std::uint32_t unit = 0;
    RevealedUpdate update{};
    Hash salt{};  ///< of the commitment

    static constexpr auto fields() {
        using T = RevealUpdate;
        return std::tuple(&T::round, &T::unit, &T::update, &T::salt);
    }
    friend bool operator==(const RevealUpdate&, const RevealUpdate&) = default;
};

/// What can be said without the state.
Status check(const RevealUpdate& payload);
Status apply(const RevealUpdate& payload, TransactionContext& context);

}  // namespace dure::ledger
