// How a payment for answers is split, whichever way it came: among server, owners and validators.
#pragma once

#include "ledger/records/pool.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

/// A settlement of this transaction: `amount` grain that `payer` pays `server`. Numbered and split by `settle`.
SettlementRecord settlement_of(const TransactionContext& context, const Account& payer, const Account& server,
                               Coin amount);

/// Pays the parts out and remembers the settlement among the latest. The amount must have been taken from somewhere.
void settle(SettlementRecord& settlement, TransactionContext& context);

}  // namespace dure::ledger
