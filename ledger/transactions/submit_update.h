// A trainer's commitment to the update of one of its work units.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/protocol/types.h"
#include "base/result.h"
#include "ledger/records/round.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct SubmitUpdate {
    static constexpr const char* k_name = "submit_update";
    protocol::Round round{};
    std::uint32_t unit = 0;
    UpdateCommitment commitment{};

    static constexpr auto fields() {
        return std::tuple(&SubmitUpdate::round, &SubmitUpdate::unit, &SubmitUpdate::commitment);
    }
    friend bool operator==(const SubmitUpdate&, const SubmitUpdate&) = default;
};

/// What can be said without the state.
Status check(const SubmitUpdate& payload);
Status apply(const SubmitUpdate& payload, TransactionContext& context);

}  // namespace dure::ledger
