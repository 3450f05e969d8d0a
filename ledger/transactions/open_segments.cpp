#include "ledger/transactions/open_segments.h"

#include "ledger/rounds/disputes.h"
#include "ledger/transactions/live_round.h"

namespace dure::ledger {

namespace {

/// The states must be those that were committed to, and end as the unit's tokens say. Errors: `invalid`.
Status require_committed(const ChainRecord& chain, const UnitRecord& unit, const OpenSegments& payload) {
    const BoundaryStates& states = payload.segments.states;
    if (states.size() != chain.unit.segments() + 1) {
        return Error{ErrorCode::invalid, std::to_string(states.size()) + " states; a work unit has " +
                                             std::to_string(chain.unit.segments() + 1) + " boundaries"};
    }
    if (segment_root(payload.secret, states) != unit.commitment->segment_root) {
        return Error{ErrorCode::invalid, "these states are not what was committed to for work unit " +
                                             std::to_string(payload.unit)};
    }
    const StateRoots& last = payload.segments.last;
    const bool is_null = unit.is_null(chain.unit_tokens());
    const bool fits = is_null ? last == StateRoots{} : states.back() == state_hash(last);
    if (!fits) {
        return Error{ErrorCode::invalid, "the last state of work unit " + std::to_string(payload.unit) +
                                             " is not the one that was given"};
    }
    return {};
}

}  // namespace

Status check(const OpenSegments&) {
    return {};
}

namespace {

/// After its time, in answer to who found something else. Errors: `unauthorized`, `invalid`.
Status open_late(const OpenSegments& payload, const UnitKey& key, DisputeRecord dispute,
                 TransactionContext& context) {
    if (dispute.trainer != context.sender)
        return Error{ErrorCode::unauthorized, "it is " + dispute.trainer.address() + "'s turn"};
    UnitRecord unit = Units::get(context.state, key);
    DURE_CHECK(require_committed(ChainInfo::get(context.state), unit, payload));
    unit.opened = payload.segments;
    Units::put(context.state, key, unit);
    context.events.push_back(SegmentsOpened{.round = payload.round, .unit = payload.unit});
    contest(context.state, context.parameters, key, unit, std::move(dispute), context.height, context.events);
    return {};
}

}  // namespace

Status apply(const OpenSegments& payload, TransactionContext& context) {
    const UnitKey key{payload.round, payload.unit};
    if (auto dispute = Disputes::find(context.state, key);
        dispute && dispute->stage == DisputeStage::unopened)
        return open_late(payload, key, std::move(*dispute), context);
    DURE_TRY(RoundRecord round, require_live_round(context.state, payload.round, RoundPhase::opening));
    DURE_TRY(UnitRecord unit, require_own_unit(context.state, key, UnitStatus::revealed, context.sender));
    if (unit.opened)
        return Error{ErrorCode::duplicate,
                     "work unit " + std::to_string(payload.unit) + " is opened already"};
    DURE_CHECK(require_committed(ChainInfo::get(context.state), unit, payload));
    unit.opened = payload.segments;
    Units::put(context.state, key, unit);
    count_move(context.state, round);
    context.events.push_back(SegmentsOpened{.round = payload.round, .unit = payload.unit});
    return {};
}

}  // namespace dure::ledger
