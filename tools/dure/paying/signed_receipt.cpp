#include "tools/dure/paying/signed_receipt.h"

#include "base/codec.h"
#include "ledger/records/inference_receipt.h"
#include "node/api/base64url.h"

namespace dure::tools {

Status check_signed_receipt(const node::PaymentReceipt& receipt, const Hash& chain_id, const Account& server,
                            const Account& payer) {
    if (receipt.inference_receipt.empty()) return {};
    const auto wrong = [](const std::string& what) {
        return Error{ErrorCode::invalid, "the receipt that the server signed about its answer " + what};
    };
    const Result<std::string> bytes = node::base64url_decode(receipt.inference_receipt);
    if (!bytes) return wrong("cannot be read: " + bytes.error().message);
    const Result<ledger::InferenceReceipt> read = decode<ledger::InferenceReceipt>(as_bytes(*bytes));
    if (!read) return wrong("cannot be read: " + read.error().message);
    const ledger::InferenceStatement& said = read->statement;
    if (said.server != server || !read->is_signed()) return wrong("is not signed by this server");
    if (said.chain_id != chain_id) return wrong("is of another chain");
    if (said.payer != payer) return wrong("names another payer");
    if (said.payment != receipt.reference) return wrong("names another channel");
    if (said.cost != receipt.cost || said.input_tokens != receipt.input_tokens ||
        said.output_tokens != receipt.output_tokens)
        return wrong("names another price or another count of tokens than it was paid for");
    return {};
}

}  // namespace dure::tools
