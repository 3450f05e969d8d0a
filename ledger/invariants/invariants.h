// What must hold after every block. One file each; check_invariants calls them all. A broken one is a mistake
// of this program: the node stops instead of signing what follows from it.
#pragma once

#include <string>

#include "base/result.h"
#include "ledger/invariants/aggregates.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// Every invariant, over the running aggregates in the state: cheap, for each block. Errors: `internal`,
/// naming the invariant and both sides.
Status check_invariants(const StateReader& state);

/// The same over aggregates that are counted anew from every record, which must also equal the running ones;
/// the counts that lists keep of themselves; and that every account's shares can be explained. Cost: the whole
/// state.
Status recount_invariants(const StateReader& state);

/// Coins in balances, channels, deposits and the pool are what genesis made.
Status check_coin_supply(const StateReader& state, const Aggregates& sums);
/// All accounts' shares are minted − burned; all bonds are what the pool counts as bonded.
Status check_share_supply(const StateReader& state, const Aggregates& sums);
/// What the pool holds is what it owes, with the carried fraction and what waits, to the last 2^-64 grain.
Status check_owner_pool(const StateReader& state, const Aggregates& sums);
/// What lies in channels is deposits − settled − withdrawn.
Status check_channel_escrow(const StateReader& state, const Aggregates& sums);
/// The epoch's weights are those it began with; bonds, and what was slashed of them since, stand behind them.
Status check_epoch_weights(const StateReader& state, const Aggregates& sums);
/// No account's nonce ever went down.
Status check_nonces(const StateReader& state, const Aggregates& sums);

/// For the files of the invariants: an error unless both sides are equal.
Status require_equal(const std::string& invariant, Uint128 left, Uint128 right);

}  // namespace dure::ledger
