#include "ledger/invariants/invariants.h"

namespace dure::ledger {

Status check_owner_pool(const StateReader& state, const Aggregates& sums) {
    const PoolRecord pool = Pool::get(state);
    const Uint128 owed =
        sums.pending.number() + pool.accumulator.number() * sums.shares - sums.unsettled_base.number();
    const Uint128 waiting = static_cast<Uint128>(pool.undistributed.value) << 64;
    return require_equal("owner pool", owed + pool.carry + waiting,
                         static_cast<Uint128>(pool.held.value) << 64);
}

}  // namespace dure::ledger
