#include "ledger/transactions/report_receipt.h"

#include <utility>

#include "ledger/ownership/balances.h"
#include "ledger/serving/receipt_cases.h"
#include "ledger/serving/server_bonds.h"

namespace dure::ledger {

Status check(const ReportReceipt& payload) {
    return payload.receipt.check_request(payload.request);
}

namespace {

/// Errors: another chain's, too old, of the future, not signed, or by somebody behind whom nothing stands.
Status require_punishable(const InferenceReceipt& receipt, const TransactionContext& context) {
    const InferenceStatement& statement = receipt.statement;
    const std::string name = "receipt " + receipt.id().hex();
    if (statement.chain_id != context.chain_id)
        return Error{ErrorCode::invalid, name + " is of chain " + statement.chain_id.hex()};
    if (statement.height > context.height) {
        return Error{ErrorCode::invalid, name + " is of height " + to_text(statement.height) +
                                             ", this is height " + to_text(context.height)};
    }
    if (context.height.value - statement.height.value > context.parameters.receipt_age_blocks) {
        return Error{ErrorCode::expired,
                     name + " is of height " + to_text(statement.height) + ", too long ago at height " +
                         to_text(context.height) + "; it lives " +
                         std::to_string(context.parameters.receipt_age_blocks) + " blocks"};
    }
    if (!receipt.is_signed())
        return Error{ErrorCode::invalid_signature, name + " is not signed by " + statement.server.address()};
    if (server_bond(context.state, statement.server).all().is_zero()) {
        return Error{ErrorCode::not_found,
                     "no coins stand behind the receipts of " + statement.server.address()};
    }
    return {};
}

}  // namespace

Status apply(const ReportReceipt& payload, TransactionContext& context) {
    DURE_CHECK(require_punishable(payload.receipt, context));
    DURE_CHECK(debit(context.state, context.payer, context.parameters.receipt_deposit));
    ReceiptCaseRecord record;
    record.statement = payload.receipt.statement;
    record.request = payload.request;
    record.reporter = context.sender;
    record.depositor = context.payer;
    record.deposit = context.parameters.receipt_deposit;
    return open_case(context.state, context.parameters, std::move(record), context.height, context.events);
}

}  // namespace dure::ledger
