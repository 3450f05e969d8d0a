#include "ledger/transactions/live_round.h"

#include <string>

namespace dure::ledger {

Result<RoundRecord> require_live_round(const StateReader& state, protocol::Round number, RoundPhase phase) {
    RoundRecord live = Rounds::get(state, Head::get(state).live);
    if (live.number != number || live.phase != phase) {
        return Error{ErrorCode::conflict, "round " + to_text(number) + " is not " + name_of(phase) +
                                              "; round " + to_text(live.number) + " is " +
                                              name_of(live.phase)};
    }
    return live;
}

Result<UnitRecord> require_unit(const StateReader& state, const UnitKey& key) {
    auto unit = Units::find(state, key);
    if (!unit)
        return Error{ErrorCode::not_found,
                     "round " + to_text(key.round) + " has no work unit " + std::to_string(key.unit)};
    return std::move(*unit);
}

}  // namespace dure::ledger
