// Coins that stand behind a server's receipts.
//
// Promises: every coin that comes in is counted in the treasury, and what goes out goes to the server, to those it wronged,
// to who proved it, or to the owners. Who is guilty is decided by whoever calls this.
#pragma once

#include "base/result.h"
#include "ledger/records/receipt_case.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// A server that never bonded has nothing.
ServerBondRecord server_bond(const StateReader& state, const Account& server);

/// Takes the coins out of the server's balance. Errors: `insufficient`.
Status bond_server_coins(Overlay& state, const Account& server, Coin amount);

/// Begins to give back: the coins can be taken when all receipts that they stood behind are too old to be reported. Returns
/// the height. Errors: `insufficient`, `exhausted` (too many leave already), `unavailable`: it is registered as a server,
/// and too little would stay.
Result<protocol::Height> unbond_server_coins(Overlay& state, const Parameters& parameters,
                                             const Account& server, Coin amount, protocol::Height height);

/// Pays out what has left by now. Errors: `not_found` for nothing, `unavailable` while a case is open.
Result<Coin> withdraw_server_coins(Overlay& state, const Account& server, protocol::Height height);

/// Counts a case that was opened or closed.
void count_case(Overlay& state, const Account& server, bool opens);

/// For a false receipt over `cost`: `receipt_slash_bp` of all that stands behind the server are the penalty, of which
/// `prover_reward_bp` go to the reporter (nothing if it is the server) and the rest to the owners; and the payer gets his
/// cost back out of what is left.
CasePenalty slash_server(Overlay& state, const Parameters& parameters, const InferenceStatement& statement,
                         const Account& reporter);

}  // namespace dure::ledger
