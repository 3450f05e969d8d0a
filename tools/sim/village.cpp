#include "tools/sim/village.h"

namespace dure::sim {

using namespace protocol;

bool Village::signed_well(const Transaction& transaction) const {
    if (verifier == nullptr) return check_signatures(transaction).has_value();
    return verifier->verify(transaction.body.sender, transaction_id(transaction), transaction.signature);
}

Transaction Village::signed_by(const Account& sender, const consensus::Signer& signer, std::uint64_t nonce,
                               const ledger::Payload& payload) const {
    Transaction transaction{
        .body = ledger::make_body(chain_id, sender, nonce, Coin{2'000}, {10'000'000}, payload),
        .signature = {},
        .fee_payer_signature = {}};
    transaction.signature = signer.sign(transaction_id(transaction));
    return transaction;
}

Transaction Village::transfer(std::size_t from, std::size_t to, std::uint64_t nonce,
                              std::uint64_t grain) const {
    return signed_by(persons[from], *person_signers[from], nonce,
                     ledger::Transfer{.to = persons[to], .amount = Coin{grain}});
}

}  // namespace dure::sim
