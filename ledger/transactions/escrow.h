// What the five channel transactions share: the records, and the counters of what went in and out of all
// channels.
#pragma once

#include "base/result.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// Errors: `not_found`.
Result<ChannelRecord> require_channel(const StateReader& state, const Hash& id);

/// Adds to the counter of all deposits.
void count_deposit(Overlay& state, Coin amount);
void count_settled(Overlay& state, Coin amount);
void count_withdrawn(Overlay& state, Coin amount);

}  // namespace dure::ledger
