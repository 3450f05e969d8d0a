// A juror's move in the case of a reported receipt: a commitment to what its replay gave, then the opening.
#pragma once

#include <tuple>
#include <variant>

#include "base/codec.h"
#include "base/result.h"
#include "ledger/transactions/context.h"
#include "ledger/transactions/dispute_update.h"

namespace dure::ledger {

struct JudgeReceipt {
    static constexpr const char* k_name = "judge_receipt";
    Hash receipt{};
    std::variant<Commit, VerdictOpening> move{};

    static constexpr auto fields() { return std::tuple(&JudgeReceipt::receipt, &JudgeReceipt::move); }
    friend bool operator==(const JudgeReceipt&, const JudgeReceipt&) = default;
};

/// What can be said without the state.
Status check(const JudgeReceipt& payload);
Status apply(const JudgeReceipt& payload, TransactionContext& context);

}  // namespace dure::ledger
