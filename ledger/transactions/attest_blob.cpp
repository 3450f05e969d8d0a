#include "ledger/transactions/attest_blob.h"

#include <algorithm>

#include "ledger/transactions/live_round.h"

namespace dure::ledger {

Status check(const AttestBlob&) {
    return {};
}

Status apply(const AttestBlob& payload, TransactionContext& context) {
    DURE_TRY(RoundRecord round, require_live_round(context.state, payload.round, RoundPhase::auditing));
    const UnitKey key{payload.round, payload.unit};
    DURE_TRY(UnitRecord unit, require_unit(context.state, key, UnitStatus::revealed));
    const auto holder = std::find_if(unit.holders.begin(), unit.holders.end(),
                                     [&](const Holder& one) { return one.account == context.sender; });
    if (holder == unit.holders.end()) {
        return Error{ErrorCode::unauthorized, context.sender.address() + " was not drawn to hold work unit " +
                                                  std::to_string(payload.unit) + "'s bytes"};
    }
    if (holder->holds) {
        return Error{ErrorCode::duplicate, context.sender.address() + " has said so already"};
    }
    if (!unit.served) {
        return Error{ErrorCode::conflict,
                     "the states of work unit " + std::to_string(payload.unit) + " are not served yet"};
    }
    const std::size_t needed = unit.holders_needed(context.parameters);
    const bool counts = unit.holders_ready() < needed;
    holder->holds = true;
    Units::put(context.state, key, unit);
    if (counts) count_move(context.state, round);
    context.events.push_back(
        BlobAttested{.round = payload.round, .unit = payload.unit, .holder = context.sender});
    return {};
}

}  // namespace dure::ledger
