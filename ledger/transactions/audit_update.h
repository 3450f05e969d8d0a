// A drawn auditor commits to what its replay gave and, when all have, opens it.
#pragma once

#include <tuple>
#include <variant>

#include "base/codec.h"
#include "base/protocol/types.h"
#include "base/result.h"
#include "ledger/records/round.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct AuditOpening {
    AuditAnswer answer;
    Hash salt;

    static constexpr auto fields() { return std::tuple(&AuditOpening::answer, &AuditOpening::salt); }
    friend bool operator==(const AuditOpening&, const AuditOpening&) = default;
};
using AuditMove = std::variant<Commit, AuditOpening>;

struct AuditUpdate {
    static constexpr const char* k_name = "audit_update";
    protocol::Round round{};
    std::uint32_t unit = 0;
    std::uint32_t task = 0;
    AuditMove move{};

    static constexpr auto fields() {
        using T = AuditUpdate;
        return std::tuple(&T::round, &T::unit, &T::task, &T::move);
    }
    friend bool operator==(const AuditUpdate&, const AuditUpdate&) = default;
};

/// What can be said without the state.
Status check(const AuditUpdate& payload);
Status apply(const AuditUpdate& payload, TransactionContext& context);

}  // namespace dure::ledger
