#include <string>

#include "ledger/execution.h"
#include "ledger/fees.h"
#include "ledger/ownership/balances.h"
#include "ledger/transactions/payload.h"

namespace dure::ledger {

Result<Payload> check_form(const protocol::Transaction& transaction, const Hash& chain_id) {
    const protocol::TransactionBody& body = transaction.body;
    if (body.chain_id != chain_id) {
        return Error{ErrorCode::invalid, "the transaction is for chain " + body.chain_id.hex() +
                                             ", this is chain " + chain_id.hex()};
    }
    if (body.fee.value > k_max_supply)
        return Error{ErrorCode::out_of_range, "the fee is more than all coins"};
    if (body.fee_payer == body.sender)
        return Error{ErrorCode::malformed, "the fee payer is the sender; leave it out"};
    if (body.fee_payer.has_value() != transaction.fee_payer_signature.has_value()) {
        return Error{ErrorCode::malformed,
                     "a fee payer and its signature go together; one of them is missing"};
    }
    Result<Payload> payload = payload_of(body);
    if (!payload) return with_context(payload.error(), "the transaction's payload");
    DURE_CHECK(std::visit([](const auto& one) { return check(one); }, *payload));
    return payload;
}

Status check_transaction(const protocol::Transaction& transaction, const Hash& chain_id) {
    const Result<Payload> payload = check_form(transaction, chain_id);
    return payload ? Status() : Status(payload.error());
}

Status require_fee(const Parameters& parameters, const protocol::TransactionBody& body, Coin balance) {
    if (body.fee < parameters.minimum_fee) {
        return Error{ErrorCode::insufficient, "the fee is " + to_text(body.fee) + " DURE, at least " +
                                                  to_text(parameters.minimum_fee) + " are asked"};
    }
    if (balance < body.fee) {
        return Error{ErrorCode::insufficient,
                     body.fee_payer.value_or(body.sender).address() + " has " + to_text(balance) +
                         " DURE, which does not cover the fee of " + to_text(body.fee)};
    }
    return {};
}

Status require_not_expired(const protocol::TransactionBody& body, protocol::Height height) {
    if (body.expires >= height) return {};
    return Error{ErrorCode::expired, "the transaction expired after height " + to_text(body.expires) +
                                         "; the next block is " + to_text(height) +
                                         ", sign it anew with a later expiry"};
}

Status admit_transaction(const StateReader& state, const protocol::Transaction& transaction,
                         protocol::Height next) {
    DURE_CHECK(check_transaction(transaction, ChainInfo::get(state).chain_id));
    const protocol::TransactionBody& body = transaction.body;
    DURE_CHECK(require_not_expired(body, next));
    const AccountRecord sender = load_account(state, body.sender);
    if (body.nonce < sender.nonce || body.nonce - sender.nonce > k_max_nonce_gap) {
        return Error{ErrorCode::conflict, "the nonce is " + std::to_string(body.nonce) + "; " +
                                              body.sender.address() + "'s next one is " +
                                              std::to_string(sender.nonce) + ", and at most " +
                                              std::to_string(k_max_nonce_gap) + " more may wait"};
    }
    return require_fee(ParameterStore::get(state), body,
                       body.fee_payer ? load_account(state, *body.fee_payer).balance : sender.balance);
}

}  // namespace dure::ledger
