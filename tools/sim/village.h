// What all members of a simulated chain share: genesis, whose signatures count, and the persons who pay each other.
#pragma once

#include <memory>
#include <vector>

#include "consensus/crypto.h"
#include "ledger/records/genesis.h"
#include "ledger/transactions/payload.h"

namespace dure::sim {

struct Village {
    ledger::Genesis genesis;
    Hash chain_id;
    Hash genesis_block;
    protocol::ValidatorSet validators;
    std::shared_ptr<const consensus::Verifier> verifier;  ///< none: BIP340
    std::vector<Account> persons;
    std::vector<std::shared_ptr<const consensus::Signer>> person_signers;

    /// By the oracle or by the keys.
    bool signed_well(const protocol::Transaction& transaction) const;
    protocol::Transaction signed_by(const Account& sender, const consensus::Signer& signer,
                                    std::uint64_t nonce, const ledger::Payload& payload) const;
    protocol::Transaction transfer(std::size_t from, std::size_t to, std::uint64_t nonce,
                                   std::uint64_t grain) const;
};

}  // namespace dure::sim
