#include "ledger/invariants/invariants.h"

namespace dure::ledger {

Status check_coin_supply(const StateReader& state, const Aggregates& sums) {
    const TreasuryRecord treasury = Treasury::get(state);
    const Uint128 found = static_cast<Uint128>(sums.balances) + sums.channel_rest + sums.shard_deposits +
                          sums.newcomer_deposits + sums.server_bonds + sums.receipt_deposits +
                          sums.change_deposits + Pool::get(state).held.value;
    DURE_CHECK(require_equal("shard deposits", sums.shard_deposits, treasury.shard_deposits.value));
    DURE_CHECK(require_equal("newcomer deposits", sums.newcomer_deposits, treasury.newcomer_deposits.value));
    DURE_CHECK(require_equal("server bonds", sums.server_bonds, treasury.server_bonds.value));
    DURE_CHECK(require_equal("receipt deposits", sums.receipt_deposits, treasury.receipt_deposits.value));
    DURE_CHECK(require_equal("change deposits", sums.change_deposits, treasury.change_deposits.value));
    return require_equal("coin supply", found, treasury.supply.value);
}

}  // namespace dure::ledger
