// The drawn auditor's answer: the name of the update that its own replay of the unit gave. Equal: the unit is
// accepted.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/protocol/types.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct AuditUpdate {
    static constexpr const char* k_name = "audit_update";
    protocol::Round round{};
    std::uint32_t unit = 0;
    Hash replayed{};

    static constexpr auto fields() {
        return std::tuple(&AuditUpdate::round, &AuditUpdate::unit, &AuditUpdate::replayed);
    }
    friend bool operator==(const AuditUpdate&, const AuditUpdate&) = default;
};

/// What can be said without the state.
Status check(const AuditUpdate& payload);
Status apply(const AuditUpdate& payload, TransactionContext& context);

}  // namespace dure::ledger
