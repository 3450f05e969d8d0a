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

Result<UnitRecord> require_unit(const StateReader& state, const UnitKey& key, UnitStatus status) {
    auto unit = Units::find(state, key);
    if (!unit)
        return Error{ErrorCode::not_found,
                     "round " + to_text(key.round) + " has no work unit " + std::to_string(key.unit)};
    if (unit->status != status) {
        return Error{ErrorCode::conflict, "work unit " + std::to_string(key.unit) + " is " +
                                              name_of(unit->status) + ", not " + name_of(status)};
    }
    return std::move(*unit);
}

Result<UnitRecord> require_own_unit(const StateReader& state, const UnitKey& key, UnitStatus status,
                                    const Account& account) {
    DURE_TRY(UnitRecord unit, require_unit(state, key, status));
    if (unit.trainer != account) {
        return Error{ErrorCode::unauthorized,
                     "work unit " + std::to_string(key.unit) + " belongs to " + unit.trainer.address()};
    }
    return unit;
}

void count_move(Overlay& state, RoundRecord& round) {
    DURE_ASSERT(round.waiting > 0);
    --round.waiting;
    Rounds::put(state, round.number, round);
}

}  // namespace dure::ledger
