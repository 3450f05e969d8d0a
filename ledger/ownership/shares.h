// Shares and their four states: free, unvested, bonded, unbonding. Whoever changes an account's shares opens
// it with `open_owner` first, so that its fees are settled and what has vested or unbonded meanwhile is free.
#pragma once

#include "ledger/records/tables.h"

namespace dure::ledger {

/// What has become due by now is moved to the free shares. `finished`: the newest finished round.
void release_due(AccountRecord& account, protocol::Height height, protocol::Round finished,
                 std::uint32_t vesting_rounds);

/// The account's record, with everything due released and fees settled. `height`: of the block at hand.
AccountRecord open_owner(const StateReader& state, const Account& account, protocol::Height height);

/// Errors: `insufficient`: fewer free shares than that.
Status bond_shares(Overlay& state, const Account& account, Shares amount, protocol::Height height);
/// They become free at `release`. Errors: `insufficient`, `unavailable` (too many unbondings under way, or
/// the weights of the chain's only epoch need them).
Status unbond_shares(Overlay& state, const Account& account, Shares amount, protocol::Height height,
                     protocol::Height release);
/// Changes an account's record of how shares came and went other than by minting.
template <class Change>
void change_flows(Overlay& state, const Account& account, Change&& change) {
    ShareFlowRecord flows = ShareFlows::find(state, account).value_or(ShareFlowRecord{});
    change(flows);
    ShareFlows::put(state, account, flows);
}
/// Errors: `insufficient`.
Status transfer_free_shares(Overlay& state, const Account& from, const Account& to, Shares amount,
                            protocol::Height height);
/// New shares, vesting over the rounds after `round`.
void mint_shares(Overlay& state, const Account& account, Shares amount, protocol::Round round,
                 protocol::Height height);

}  // namespace dure::ledger
