// Sums over whole tables, kept up to date from what a block changed. Transactions do not maintain them and
// cannot get them wrong: they are read off the changed records, before and after. The invariants compare them
// with the counters that transactions do maintain.
#pragma once

#include <cstdint>
#include <tuple>

#include "ledger/records/tables.h"
#include "ledger/records/wide.h"

namespace dure::ledger {

/// A sum modulo 2^128.
using WideSum = Wide<struct WideSumTag>;

struct Aggregates {
    std::uint64_t balances = 0;  ///< coins in all accounts
    std::uint64_t shares = 0;    ///< of all accounts, in all four states
    std::uint64_t bonded = 0;
    WideSum pending;  ///< over accounts: pending
    WideSum
        unsettled_base;  ///< over accounts: shares × checkpoint; owed = pending + shares × accumulator − this
    std::uint64_t channel_rest = 0;       ///< over channels: deposit − settled
    std::uint64_t shard_deposits = 0;     ///< over offers not shown and shards being judged
    std::uint64_t newcomer_deposits = 0;  ///< over deposits
    std::uint64_t server_bonds = 0;       ///< over servers' bonds
    std::uint64_t receipt_deposits = 0;   ///< over cases of receipts that are open
    std::uint64_t change_deposits = 0;    ///< over proposals
    std::uint64_t nonces_lowered = 0;     ///< accounts whose nonce ever went down, or that were erased

    static constexpr auto fields() {
        using T = Aggregates;
        return std::tuple(&T::balances, &T::shares, &T::bonded, &T::pending, &T::unsettled_base,
                          &T::channel_rest, &T::shard_deposits, &T::newcomer_deposits, &T::server_bonds,
                          &T::receipt_deposits, &T::change_deposits, &T::nonces_lowered);
    }
    friend bool operator==(const Aggregates&, const Aggregates&) = default;
};

using AggregateStore = Single<9, Aggregates>;

/// `before` brought up to date by the changes of an overlay against its parent.
Aggregates aggregates_after(const Aggregates& before, const StateReader& parent, const Overlay& writes);
/// From every record of the state. nonces_lowered cannot be seen there and is 0.
Aggregates count_aggregates(const StateReader& state);

}  // namespace dure::ledger
