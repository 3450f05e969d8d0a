// Proven wrong-doing costs what stands behind an account: a part of its bond, what has not vested of its work,
// and its deposit. Everything is settled first; the pending fees of the shares that go return to the pool. At
// most a tenth goes to the side that proved it, the other shares burn.
//
// Who is guilty is decided by whoever calls this.
#pragma once

#include <optional>

#include "ledger/records/events.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

struct SlashResult {
    Shares bonded;
    Shares unbonding;
    Shares unvested;  ///< compute shares of the latest rounds, from whoever's account holds them
    Shares burned;
    Shares rewarded;  ///< bonded + unbonding + unvested − burned
    Coin deposit;     ///< all of it; its tenth is the prover's, the rest the owners'
};

/// Takes the cause's part (`slash_stake_bp`, `evidence_slash_bp`, `scorer_slash_bp`) of the bonded and the
/// unbonding shares. A lost dispute also takes all unvested compute shares minted to the offender, and its
/// deposit: they stand for the work. `prover`: gets `prover_reward_bp` of it, nothing if it is the offender.
SlashResult slash(Overlay& state, const Parameters& parameters, const Account& offender,
                  const std::optional<Account>& prover, SlashCause cause, protocol::Height height,
                  Events& events);

/// Burns at most so many of the contributor's unvested compute shares, the newest first. Returns how many.
Shares claw_back_compute(Overlay& state, const Parameters& parameters, const Account& contributor,
                         Shares at_most, protocol::Height height, Events& events);

/// Burns all unvested shares minted for this shard. Returns how many.
Shares claw_back_shard(Overlay& state, const Parameters& parameters, const Hash& shard,
                       protocol::Height height, Events& events);

/// What a lost dispute would take from this account now, in shares.
Shares locked_stake(const StateReader& state, const Parameters& parameters, const Account& account);

/// The coins that let this account train without a bond; none while they are being withdrawn.
Coin deposit_of(const StateReader& state, const Account& account);

}  // namespace dure::ledger
