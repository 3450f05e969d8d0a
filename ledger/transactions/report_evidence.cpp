#include "ledger/transactions/report_evidence.h"

#include "ledger/ownership/slashing.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

protocol::Epoch epoch_of(const protocol::Evidence& evidence) {
    if (const auto* votes = std::get_if<protocol::VoteEvidence>(&evidence)) return votes->first.epoch;
    return std::get<protocol::ProposalEvidence>(evidence).epoch;
}

protocol::Slot slot_of(const protocol::Evidence& evidence) {
    if (const auto* votes = std::get_if<protocol::VoteEvidence>(&evidence))
        return protocol::slot_of(votes->first.vote);
    return std::get<protocol::ProposalEvidence>(evidence).first.slot;
}

Status check(const ReportEvidence&) {
    return {};
}

namespace {

/// A chain has no more blocks than slots, so what was signed in slot s is never called too old before height
/// s + `evidence_age_blocks`.
Status require_fresh(const ReportEvidence& payload, const TransactionContext& context) {
    const protocol::Epoch running = CurrentEpoch::get(context.state).epoch;
    if (epoch_of(payload.evidence) != running) {
        return Error{ErrorCode::expired, "the evidence is of epoch " + to_text(epoch_of(payload.evidence)) +
                                             "; this is epoch " + to_text(running)};
    }
    const std::uint64_t slot = slot_of(payload.evidence).value;
    const std::uint64_t age = context.parameters.evidence_age_blocks;
    if (context.height.value > age && context.height.value - age > slot) {
        return Error{ErrorCode::expired, "the evidence is of slot " + std::to_string(slot) +
                                             ", too long ago at height " + to_text(context.height)};
    }
    return {};
}

}  // namespace

Status apply(const ReportEvidence& payload, TransactionContext& context) {
    DURE_CHECK(require_fresh(payload, context));
    DURE_TRY(const Account offender, protocol::check_evidence(context.chain_id, payload.evidence));
    if (!Validators::contains(context.state, offender)) {
        return Error{ErrorCode::not_found,
                     offender.address() + " is no validator: what it signs counts for nothing"};
    }
    const OffenceKey offence{offender, epoch_of(payload.evidence), slot_of(payload.evidence)};
    if (Offences::contains(context.state, offence)) {
        return Error{ErrorCode::duplicate,
                     offender.address() + " has been slashed for slot " + to_text(offence.slot) + " already"};
    }
    Offences::put(context.state, offence, {});
    slash(context.state, context.parameters, offender, context.sender, SlashCause::evidence, context.height,
          context.events);
    return {};
}

}  // namespace dure::ledger
