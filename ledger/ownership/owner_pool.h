// Splitting a fee among all owners, exactly and at a cost that does not depend on how many there are (compare
// Batog, Boca, Johnson 2018; Cosmos SDK's F1). Pure functions of records.
//
// A fee of F grain adds floor((F × 2^64 + carry) / total shares) to one accumulator; the division's remainder
// is carried to the next fee. An account of s share units is owed s × (accumulator − its checkpoint) units of
// 2^-64 grain, on top of what was pending at its checkpoint. It is settled whenever its shares change, which
// loses nothing, however often it happens. The accumulator counts modulo 2^128: what is owed never exceeds
// supply × 2^64 < 2^127, so a difference modulo 2^128 is the difference.
#pragma once

#include "base/money.h"
#include "ledger/records/account.h"
#include "ledger/records/pool.h"

namespace dure::ledger {

/// Takes a fee in. While nobody owns a share it waits; the next call after somebody does (also with no fee)
/// passes it on.
void accrue(PoolRecord& pool, Coin fee);

/// The same for fees that the pool holds already and owes nobody any more. In units of 2^-64 grain.
void accrue_fine(PoolRecord& pool, Uint128 fees);

/// All that the pool owes the account.
FineCoin owed_to(const AccountRecord& account, const PoolRecord& pool);

/// Brings `pending` up to the pool's present. Call it before the account's shares change.
void settle(AccountRecord& account, const PoolRecord& pool);

/// Takes those pending fees away that `part` of the account's shares has earned: its part of them, rounded
/// down. The account must be settled. In units of 2^-64 grain.
Uint128 forfeit(AccountRecord& account, Shares part);

/// Takes the whole grains that are owed out of the pool; the fraction stays owed.
Coin claim(AccountRecord& account, PoolRecord& pool);

}  // namespace dure::ledger
