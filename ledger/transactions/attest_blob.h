// A drawn holder's word: "I hold this unit's update and the states that were served".
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/protocol/types.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct AttestBlob {
    static constexpr const char* k_name = "attest_blob";
    protocol::Round round{};
    std::uint32_t unit = 0;

    static constexpr auto fields() {
        using T = AttestBlob;
        return std::tuple(&T::round, &T::unit);
    }
    friend bool operator==(const AttestBlob&, const AttestBlob&) = default;
};

/// What can be said without the state.
Status check(const AttestBlob& payload);
Status apply(const AttestBlob& payload, TransactionContext& context);

}  // namespace dure::ledger
