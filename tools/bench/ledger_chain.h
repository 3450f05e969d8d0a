// A chain with a million accounts on disk, for timing what a node does with blocks of transfers; and the transfers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/keys.h"
#include "base/protocol/transaction.h"
#include "base/result.h"
#include "ledger/records/beacon.h"
#include "ledger/records/genesis.h"

namespace dure::bench {

/// Repeatable choices; a benchmark must not depend on a library's random engine being fast.
class Steps {
  public:
    explicit Steps(std::uint64_t seed = 1) : state_(seed) {}
    std::uint64_t next() {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return state_ >> 33;
    }
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }

  private:
    std::uint64_t state_;
};

/// Account number `number` of those without a key: they are paid, and pay where signatures are taken for granted.
Account keyless_account(std::uint64_t number);

/// Of a chain that trains nothing: accounts and validators are still to be put in.
ledger::Genesis genesis_without_accounts();

/// Genesis of one validator, which proposes every block; `balances` are the accounts with keys.
struct LedgerChain {
    SecretKey validator;
    ledger::BeaconChain beacon;
    ledger::Genesis genesis;

    static LedgerChain make(std::vector<ledger::GenesisBalance> balances);
    /// Writes the state at height 0, with `accounts` keyless accounts of one DURE each besides genesis's, into the
    /// folder where node::FinalChain::open looks for it.
    Status write_state(const std::filesystem::path& chain_directory, std::uint64_t accounts) const;
};

/// A transfer of one grain; without a signature.
protocol::Transaction unsigned_transfer(const Hash& chain_id, const Account& from, std::uint64_t nonce,
                                        const Account& to);

}  // namespace dure::bench
