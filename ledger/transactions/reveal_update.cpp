#include "ledger/transactions/reveal_update.h"

#include "ledger/transactions/live_round.h"

namespace dure::ledger {

Status check(const RevealUpdate& payload) {
    if (payload.update.bytes == 0 || payload.update.bytes > k_max_blob_bytes) {
        return Error{ErrorCode::out_of_range, "an update of " + std::to_string(payload.update.bytes) +
                                                  " bytes; 1 to " + std::to_string(k_max_blob_bytes) +
                                                  " are possible"};
    }
    return {};
}

Status apply(const RevealUpdate& payload, TransactionContext& context) {
    DURE_TRY(RoundRecord round, require_live_round(context.state, payload.round, RoundPhase::revealing));
    const UnitKey key{payload.round, payload.unit};
    DURE_TRY(UnitRecord unit, require_own_unit(context.state, key, UnitStatus::submitted, context.sender));
    if (update_commitment(context.sender, payload.update.update, payload.salt) !=
        unit.commitment->commitment) {
        return Error{ErrorCode::invalid, "update " + payload.update.update.hex() +
                                             " is not what was committed to for work unit " +
                                             std::to_string(payload.unit)};
    }
    const ChainRecord chain = ChainInfo::get(context.state);
    const auto failed = static_cast<std::uint32_t>(unit.commitment->tokens / chain.step_tokens() + 1);
    if (unit.is_null(chain.unit_tokens()) && payload.update.update != null_update_name(failed)) {
        return Error{ErrorCode::invalid, "a unit whose step " + std::to_string(failed) +
                                             " was not finite has another update than " +
                                             payload.update.update.hex()};
    }
    unit.status = UnitStatus::revealed;
    unit.revealed = payload.update;
    Units::put(context.state, key, unit);
    ++round.revealed;
    Rounds::put(context.state, round.number, round);
    context.events.push_back(
        UpdateRevealed{.round = payload.round, .unit = payload.unit, .update = payload.update.update});
    return {};
}

}  // namespace dure::ledger
