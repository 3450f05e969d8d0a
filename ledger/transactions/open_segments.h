// Opens all boundary states of a unit, after every auditor has committed.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/protocol/types.h"
#include "base/result.h"
#include "ledger/records/round.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct OpenSegments {
    static constexpr const char* k_name = "open_segments";
    protocol::Round round{};
    std::uint32_t unit = 0;
    Hash secret{};  ///< of the salts
    OpenedSegments segments{};

    static constexpr auto fields() {
        using T = OpenSegments;
        return std::tuple(&T::round, &T::unit, &T::secret, &T::segments);
    }
    friend bool operator==(const OpenSegments&, const OpenSegments&) = default;
};

/// What can be said without the state.
Status check(const OpenSegments& payload);
Status apply(const OpenSegments& payload, TransactionContext& context);

}  // namespace dure::ledger
