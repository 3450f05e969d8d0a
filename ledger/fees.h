// Fees and expiry: the rules that make a whole block invalid when a transaction in it breaks them, shared by
// admission and execution.
#pragma once

#include "base/protocol/transaction.h"
#include "base/result.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// Errors: `insufficient`: less than the minimum, or more than its payer has.
Status require_fee(const StateReader& state, const Parameters& parameters,
                   const protocol::TransactionBody& body);

/// Errors: `expired`.
Status require_not_expired(const protocol::TransactionBody& body, protocol::Height height);

}  // namespace dure::ledger
