#include "ledger/records/receipt_case.h"

namespace dure::ledger {

const char* name_of(CaseStage stage) {
    switch (stage) {
        case CaseStage::drawing:
            return "drawing";
        case CaseStage::deciding:
            return "deciding";
        case CaseStage::opening:
            return "opening";
        case CaseStage::closed:
            return "closed";
    }
    return "unknown";
}

const char* name_of(CaseOutcome outcome) {
    switch (outcome) {
        case CaseOutcome::none:
            return "none";
        case CaseOutcome::receipt_false:
            return "false";
        case CaseOutcome::receipt_true:
            return "true";
    }
    return "unknown";
}

Hash receipt_verdict_commitment(const Account& account, const Hash& receipt, const Hash& found,
                                const Hash& salt) {
    static const TaggedHash hash("dure/receipt/verdict");
    return hash({account.key, receipt.bytes, found.bytes, salt.bytes});
}

}  // namespace dure::ledger
