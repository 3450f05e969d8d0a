// Offers: promises to show a shard, with a deposit. Their order decides who was first, so nothing that was
// offered later is judged while an earlier one may still be shown; who does not show in time pays for the
// waiting.
#pragma once

#include <optional>

#include "ledger/records/events.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// One more offer of this owner, or one less, that is not shown or not judged.
void count_pending(Overlay& state, const Account& owner, bool adds);

/// Takes the deposits of offers that were not shown in time for the owners. At the end of every block.
void expire_offers(Overlay& state, protocol::Height height, Events& events);

/// The smallest number of an offer that may still be shown.
std::optional<std::uint64_t> first_open_offer(const StateReader& state);

/// Gives a deposit back, or gives it to all owners.
void return_deposit(Overlay& state, const Account& depositor, Coin deposit);
void forfeit_deposit(Overlay& state, Coin deposit);

}  // namespace dure::ledger
