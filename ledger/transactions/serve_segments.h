// Opens the start states of the segments that are audited on their own, and no others: their arrays are blobs
// that auditors and holders fetch by name.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/protocol/types.h"
#include "base/result.h"
#include "ledger/records/round.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct ServeSegments {
    static constexpr const char* k_name = "serve_segments";
    protocol::Round round{};
    std::uint32_t unit = 0;
    BoundedList<BoundaryOpening, k_max_audit_tasks> openings{};  ///< by ascending boundary

    static constexpr auto fields() {
        using T = ServeSegments;
        return std::tuple(&T::round, &T::unit, &T::openings);
    }
    friend bool operator==(const ServeSegments&, const ServeSegments&) = default;
};

/// What can be said without the state.
Status check(const ServeSegments& payload);
Status apply(const ServeSegments& payload, TransactionContext& context);

}  // namespace dure::ledger
