// An account: its coins, its shares in their four states, and what the owner pool owes it.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include "base/codec.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"
#include "ledger/records/parameters.h"
#include "ledger/records/wide.h"

namespace dure::ledger {

/// Shares minted in one round, becoming free in equal parts over the following `vesting_rounds` rounds.
struct VestingGrant {
    protocol::Round round;
    Shares amount;
    Shares released;

    static constexpr auto fields() {
        return std::tuple(&VestingGrant::round, &VestingGrant::amount, &VestingGrant::released);
    }
    friend bool operator==(const VestingGrant&, const VestingGrant&) = default;
};

struct Unbonding {
    Shares amount;
    protocol::Height release;  ///< free from this height on

    static constexpr auto fields() { return std::tuple(&Unbonding::amount, &Unbonding::release); }
    friend bool operator==(const Unbonding&, const Unbonding&) = default;
};

struct AccountRecord {
    Coin balance;
    std::uint64_t nonce = 0;
    Shares free;
    Shares bonded;
    BoundedList<VestingGrant, k_max_vesting_rounds>
        vesting;  ///< by ascending round; released when the account is next touched
    BoundedList<Unbonding, k_max_unbondings>
        unbonding;           ///< by ascending height; released when the account is next touched
    Accumulator checkpoint;  ///< the pool's accumulator when `pending` was last brought up to date
    FineCoin pending;        ///< owed for the time until then
    std::optional<Account> beneficiary;  ///< gets what this (hot) account earns

    static constexpr auto fields() {
        using T = AccountRecord;
        return std::tuple(&T::balance, &T::nonce, &T::free, &T::bonded, &T::vesting, &T::unbonding,
                          &T::checkpoint, &T::pending, &T::beneficiary);
    }
    friend bool operator==(const AccountRecord&, const AccountRecord&) = default;

    Shares unvested() const {
        Shares sum;
        for (const VestingGrant& grant : vesting)
            sum += grant.amount - grant.released;
        return sum;
    }
    Shares unbonding_total() const {
        Shares sum;
        for (const Unbonding& entry : unbonding)
            sum += entry.amount;
        return sum;
    }
    /// Bonded shares, and unbonding ones that are still slashable in the block at `height`.
    Shares stake_through(protocol::Height height) const {
        Shares sum = bonded;
        for (const Unbonding& entry : unbonding) {
            if (entry.release > height) sum += entry.amount;
        }
        return sum;
    }
    /// All of them earn.
    Shares all_shares() const { return free + bonded + unvested() + unbonding_total(); }
};

}  // namespace dure::ledger
