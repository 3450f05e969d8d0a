// What must hold after every block (DESIGN: ledger, invariants). One file each; this one calls them all.
#pragma once

#include "base/result.h"
#include "ledger/invariants/aggregates.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// Every invariant, over the running aggregates in the state: cheap, for each block. Errors: `internal`, naming the invariant and both sides.
Status check_invariants(const StateReader& state);

/// The same over aggregates that are counted anew from every record, which must also equal the running ones. Cost: the whole state.
Status recount_invariants(const StateReader& state);

}  // namespace dure::ledger
