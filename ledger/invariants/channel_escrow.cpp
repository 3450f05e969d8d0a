#include "ledger/invariants/invariants.h"

namespace dure::ledger {

Status check_channel_escrow(const StateReader& state, const Aggregates& sums) {
    const TreasuryRecord treasury = Treasury::get(state);
    const Uint128 out = treasury.channel_settled.number() + treasury.channel_withdrawn.number();
    return require_equal("channel escrow", sums.channel_rest + out, treasury.channel_deposits.number());
}

}  // namespace dure::ledger
