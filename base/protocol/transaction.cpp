#include "base/protocol/transaction.h"

namespace dure::protocol {

Hash transaction_id(const TransactionBody& body) {
    static const TaggedHash hash("dure/transaction");
    return hash.of(body);
}

Hash witness_id(const Transaction& transaction) {
    return witness_id(transaction_id(transaction), transaction);
}

Hash witness_id(const Hash& id, const Transaction& transaction) {
    static const TaggedHash hash("dure/transaction/witness");
    return hash({id.bytes, transaction.signature.bytes, encode(transaction.fee_payer_signature)});
}

Transaction sign_transaction(TransactionBody body, const SecretKey& sender, const SecretKey* fee_payer) {
    if (fee_payer != nullptr) body.fee_payer = fee_payer->account();
    Transaction transaction{.body = std::move(body), .signature = {}, .fee_payer_signature = {}};
    const Hash id = transaction_id(transaction);
    transaction.signature = sender.sign(id);
    if (fee_payer != nullptr) transaction.fee_payer_signature = fee_payer->sign(id);
    return transaction;
}

Status check_signatures(const Transaction& transaction) {
    const TransactionBody& body = transaction.body;
    if (body.fee_payer.has_value() != transaction.fee_payer_signature.has_value()) {
        return Error{ErrorCode::malformed,
                     "a fee payer and the fee payer's signature must both be present, or neither"};
    }
    const Hash id = transaction_id(body);
    if (!verify(body.sender, id, transaction.signature)) {
        return Error{ErrorCode::invalid_signature,
                     "the signature is not " + body.sender.address() + "'s over transaction " + id.hex()};
    }
    if (body.fee_payer && !verify(*body.fee_payer, id, *transaction.fee_payer_signature)) {
        return Error{ErrorCode::invalid_signature, "the fee payer's signature is not " +
                                                       body.fee_payer->address() + "'s over transaction " +
                                                       id.hex()};
    }
    return {};
}

}  // namespace dure::protocol
