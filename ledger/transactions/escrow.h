// What payments for answers share: whom they may go to, the channels' records, and the counters of what went in and out
// of all channels.
#pragma once

#include "base/result.h"
#include "ledger/records/parameters.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// Errors: `not_found`.
Result<ChannelRecord> require_channel(const StateReader& state, const Hash& id);

/// Who is paid for answers is registered as a server and has bonded enough. Errors: `not_found`, `insufficient`.
Status require_server(const StateReader& state, const Parameters& parameters, const Account& server);

/// Adds to the counter of all deposits.
void count_deposit(Overlay& state, Coin amount);
void count_settled(Overlay& state, Coin amount);
void count_withdrawn(Overlay& state, Coin amount);

}  // namespace dure::ledger
