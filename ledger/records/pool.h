// The owner pool, the counters that the invariants speak of, and the latest settlements.
#pragma once

#include <cstdint>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"
#include "ledger/records/wide.h"

namespace dure::ledger {

/// Fees on their way to the owners. Always held × 2^64 = what all accounts are owed + carry + undistributed ×
/// 2^64.
struct PoolRecord {
    Accumulator accumulator;
    Shares total_shares;   ///< minted − burned: all that earn
    Shares bonded_shares;  ///< of them, bonded
    Shares minted;
    Shares burned;
    std::uint64_t carry =
        0;  ///< remainder of the latest division, in units of 2^-64 grain; less than total_shares then
    Coin undistributed;             ///< came while nobody owned a share
    Coin held;                      ///< taken in and not yet claimed
    std::uint64_t settlements = 0;  ///< so many there have been; the next one's number

    static constexpr auto fields() {
        using T = PoolRecord;
        return std::tuple(&T::accumulator, &T::total_shares, &T::bonded_shares, &T::minted, &T::burned,
                          &T::carry, &T::undistributed, &T::held, &T::settlements);
    }
    friend bool operator==(const PoolRecord&, const PoolRecord&) = default;
};

/// Where coins are that lie in no balance and not in the pool.
struct TreasuryRecord {
    Coin supply;                 ///< fixed by genesis
    CoinFlow channel_deposits;   ///< ever paid into channels
    CoinFlow channel_settled;    ///< ever paid out of them to servers, owners and validators
    CoinFlow channel_withdrawn;  ///< ever returned to payers
    Coin shard_deposits;         ///< held now
    Coin newcomer_deposits;      ///< held now
    Coin server_bonds;           ///< held now, also of those that leave
    Coin receipt_deposits;       ///< held now
    Coin change_deposits;        ///< held now

    static constexpr auto fields() {
        using T = TreasuryRecord;
        return std::tuple(&T::supply, &T::channel_deposits, &T::channel_settled, &T::channel_withdrawn,
                          &T::shard_deposits, &T::newcomer_deposits, &T::server_bonds, &T::receipt_deposits,
                          &T::change_deposits);
    }
    friend bool operator==(const TreasuryRecord&, const TreasuryRecord&) = default;
};

/// One payment out of a channel and how it was split: amount = server_part + owners_part + validators_part.
/// An owner of s share units got s × (accumulator_after − accumulator_before) units of 2^-64 grain of it, and
/// all of these with carry_after − carry_before sum to owners_part × 2^64.
struct SettlementRecord {
    std::uint64_t number = 0;
    protocol::Height height;
    Hash transaction;
    Hash channel;  ///< zero: a call paid without one
    Account payer;
    Account server;
    Account server_beneficiary;
    Account proposer_beneficiary;
    Coin amount;
    Coin server_part;
    Coin owners_part;
    Coin validators_part;
    Accumulator accumulator_before;
    Accumulator accumulator_after;
    std::uint64_t carry_before = 0;
    std::uint64_t carry_after = 0;
    Shares total_shares;

    static constexpr auto fields() {
        using T = SettlementRecord;
        return std::tuple(&T::number, &T::height, &T::transaction, &T::channel, &T::payer, &T::server,
                          &T::server_beneficiary, &T::proposer_beneficiary, &T::amount, &T::server_part,
                          &T::owners_part, &T::validators_part, &T::accumulator_before, &T::accumulator_after,
                          &T::carry_before, &T::carry_after, &T::total_shares);
    }
    friend bool operator==(const SettlementRecord&, const SettlementRecord&) = default;
};

}  // namespace dure::ledger
