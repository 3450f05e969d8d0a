#include "ledger/transactions/judge_receipt.h"

#include "ledger/serving/receipt_cases.h"

namespace dure::ledger {

Status check(const JudgeReceipt&) {
    return {};
}

Status apply(const JudgeReceipt& payload, TransactionContext& context) {
    if (const auto* opening = std::get_if<VerdictOpening>(&payload.move)) {
        return open_verdict(context.state, context.parameters, payload.receipt, context.sender,
                            opening->found, opening->salt, context.height, context.events);
    }
    return commit_verdict(context.state, context.parameters, payload.receipt, context.sender,
                          std::get<Commit>(payload.move).commitment, context.height, context.events);
}

}  // namespace dure::ledger
