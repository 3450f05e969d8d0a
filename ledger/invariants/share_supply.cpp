#include "ledger/invariants/invariants.h"

namespace dure::ledger {

Status check_share_supply(const StateReader& state, const Aggregates& sums) {
    const PoolRecord pool = Pool::get(state);
    DURE_CHECK(require_equal("shares of all accounts", sums.shares, pool.total_shares.value));
    DURE_CHECK(require_equal("bonded shares", sums.bonded, pool.bonded_shares.value));
    return require_equal("shares minted less burned", pool.total_shares.value,
                         (pool.minted - pool.burned).value);
}

}  // namespace dure::ledger
