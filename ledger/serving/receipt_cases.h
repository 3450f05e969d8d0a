// Receipts that somebody says are false. Whoever reports one shows the request, which is public from then on, and stakes a
// deposit. A committee drawn by bonded shares, without server, payer and reporter, replays the request on the checkpoint that
// the receipt names, committing before anybody opens; more than two thirds of its weight decide.
//
// Another outcome than the receipt's: the server's bond is slashed, and the deposit returns. The same: the deposit goes to the
// owners. Nobody decides: another committee, `dispute_redraws` times, then the deposit returns and the receipt may be reported
// again. A receipt is decided once. Silence costs a juror its pay and nothing else.
#pragma once

#include <optional>

#include "base/result.h"
#include "ledger/records/events.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

inline constexpr std::size_t k_max_open_cases = 256;

/// The checkpoint that this round decided, or genesis's for round 0; none if its root is another one.
std::optional<CheckpointRecord> known_checkpoint(const StateReader& state, protocol::Round round,
                                                 const Hash& root);

/// Opens a case about a receipt whose signature and request were checked; the deposit is the caller's to hold. What is false
/// whatever a replay gives (no such checkpoint, numbers that contradict each other) is decided at once. Errors: `duplicate`
/// (decided or open already), `unavailable` (too many are open).
Status open_case(Overlay& state, const Parameters& parameters, ReceiptCaseRecord record,
                 protocol::Height height, Events& events);

/// A juror commits, or opens. Errors: `not_found`, `unauthorized`, `conflict`, `duplicate`, `invalid`.
Status commit_verdict(Overlay& state, const Parameters& parameters, const Hash& receipt, const Account& juror,
                      const Hash& commitment, protocol::Height height, Events& events);
Status open_verdict(Overlay& state, const Parameters& parameters, const Hash& receipt, const Account& juror,
                    const Hash& found, const Hash& salt, protocol::Height height, Events& events);

/// Moves on what is due. At the end of every block.
void advance_cases(Overlay& state, const Parameters& parameters, protocol::Height height, Events& events);

}  // namespace dure::ledger
