// Form, fees and expiry: the rules that make a whole block invalid when a transaction in it breaks them, shared
// by admission and execution.
#pragma once

#include "base/protocol/transaction.h"
#include "base/result.h"
#include "ledger/records/tables.h"
#include "ledger/transactions/payload.h"

namespace dure::ledger {

/// `balance` is what the fee's payer has. Errors: `insufficient`: less than the minimum, or more than that.
Status require_fee(const Parameters& parameters, const protocol::TransactionBody& body, Coin balance);

/// As check_transaction, and gives what it carries.
Result<Payload> check_form(const protocol::Transaction& transaction, const Hash& chain_id);

/// Errors: `expired`.
Status require_not_expired(const protocol::TransactionBody& body, protocol::Height height);

}  // namespace dure::ledger
