#include "ledger/invariants/invariants.h"

namespace dure::ledger {

Status check_nonces(const StateReader&, const Aggregates& sums) {
    return require_equal("nonces only grow", sums.nonces_lowered, 0);
}

}  // namespace dure::ledger
