#include "ledger/transactions/serve_segments.h"

#include <vector>

#include "ledger/transactions/live_round.h"

namespace dure::ledger {

Status check(const ServeSegments&) {
    return {};
}

Status apply(const ServeSegments& payload, TransactionContext& context) {
    DURE_TRY(RoundRecord round, require_live_round(context.state, payload.round, RoundPhase::auditing));
    const UnitKey key{payload.round, payload.unit};
    DURE_TRY(UnitRecord unit, require_own_unit(context.state, key, UnitStatus::revealed, context.sender));
    if (unit.served) {
        return Error{ErrorCode::duplicate,
                     "nothing is to be served for work unit " + std::to_string(payload.unit)};
    }
    std::vector<std::uint32_t> served;
    for (const BoundaryOpening& opening : payload.openings)
        served.push_back(opening.boundary);
    if (served != unit.starts_needed()) {
        return Error{ErrorCode::invalid, "the audits of work unit " + std::to_string(payload.unit) +
                                             " need the start states of their own segments, each once"};
    }
    const std::uint32_t boundaries = ChainInfo::get(context.state).unit.segments() + 1;
    for (const BoundaryOpening& opening : payload.openings) {
        if (!opens(opening, unit.commitment->segment_root, boundaries)) {
            return Error{ErrorCode::invalid, "the state served for boundary " +
                                                 std::to_string(opening.boundary) +
                                                 " is not the one that was committed to"};
        }
        unit.starts.push_back({.boundary = opening.boundary, .roots = opening.roots});
    }
    unit.served = true;
    Units::put(context.state, key, unit);
    count_move(context.state, round);
    context.events.push_back(SegmentsServed{.round = payload.round, .unit = payload.unit});
    return {};
}

}  // namespace dure::ledger
