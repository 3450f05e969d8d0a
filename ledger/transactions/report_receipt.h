// Says that a server's receipt is false, and shows the request, which everybody can read from then on. The payer of the
// fee stakes `receipt_deposit`. A receipt can be reported for `receipt_age_blocks` (ledger/serving/receipt_cases.h).
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/result.h"
#include "ledger/records/inference_receipt.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct ReportReceipt {
    static constexpr const char* k_name = "report_receipt";
    InferenceReceipt receipt{};
    InferenceRequest request{};

    static constexpr auto fields() { return std::tuple(&ReportReceipt::receipt, &ReportReceipt::request); }
    friend bool operator==(const ReportReceipt&, const ReportReceipt&) = default;
};

/// What can be said without the state.
Status check(const ReportReceipt& payload);
Status apply(const ReportReceipt& payload, TransactionContext& context);

}  // namespace dure::ledger
