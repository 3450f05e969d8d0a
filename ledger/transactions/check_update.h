// The first auditor of a unit that was replayed in part: whether the drawn parts of its last state, quantized,
// are those of its update.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/protocol/types.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct CheckUpdate {
    static constexpr const char* k_name = "check_update";
    protocol::Round round{};
    std::uint32_t unit = 0;
    bool same = false;

    static constexpr auto fields() {
        using T = CheckUpdate;
        return std::tuple(&T::round, &T::unit, &T::same);
    }
    friend bool operator==(const CheckUpdate&, const CheckUpdate&) = default;
};

/// What can be said without the state.
Status check(const CheckUpdate& payload);
Status apply(const CheckUpdate& payload, TransactionContext& context);

}  // namespace dure::ledger
