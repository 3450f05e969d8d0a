// The transactions' envelope: who, for what fee, until when, and the signed bytes of a payload that only the
// ledger understands.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"

namespace dure::protocol {

/// Text and updates travel as blobs, so no payload needs more.
inline constexpr std::size_t k_max_payload_bytes = 64 * 1024;

struct TransactionBody {
    Hash chain_id;  ///< genesis's hash: no transaction is valid on two chains
    Account sender;
    std::uint64_t nonce = 0;  ///< the sender's next one, counted from 0
    Coin fee;
    Height expires;                             ///< the last height whose block may hold it
    std::optional<Account> fee_payer;           ///< pays the fee and deposits for a newcomer, and signs too
    BoundedBytes<k_max_payload_bytes> payload;  ///< the encoding of a ledger::Payload

    static constexpr auto fields() {
        using T = TransactionBody;
        return std::tuple(&T::chain_id, &T::sender, &T::nonce, &T::fee, &T::expires, &T::fee_payer,
                          &T::payload);
    }
    friend bool operator==(const TransactionBody&, const TransactionBody&) = default;
};

struct Transaction {
    TransactionBody body;
    Signature signature;                           ///< the sender's over id()
    std::optional<Signature> fee_payer_signature;  ///< present exactly if body.fee_payer is

    static constexpr auto fields() {
        return std::tuple(&Transaction::body, &Transaction::signature, &Transaction::fee_payer_signature);
    }
    friend bool operator==(const Transaction&, const Transaction&) = default;
};

/// What the signatures sign, and the transaction's name. Covers no signature.
Hash transaction_id(const TransactionBody& body);
inline Hash transaction_id(const Transaction& transaction) {
    return transaction_id(transaction.body);
}

/// hash(id ‖ signatures): the key under which a check of the signatures is remembered, and a block's Merkle
/// leaf.
Hash witness_id(const Transaction& transaction);
/// The same where the id is known.
Hash witness_id(const Hash& id, const Transaction& transaction);

/// Signs as sender (and as fee payer, if `fee_payer` is given; body.fee_payer is set to it).
Transaction sign_transaction(TransactionBody body, const SecretKey& sender,
                             const SecretKey* fee_payer = nullptr);

/// Checks both signatures. Errors: `invalid_signature`, `malformed` if the fee payer and its signature do not
/// go together.
Status check_signatures(const Transaction& transaction);

}  // namespace dure::protocol
