#include "ledger/transactions/report_evidence.h"

#include <algorithm>

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

/// An epoch has no more blocks than slots, so slot s of an epoch that begins after height h comes when the chain is
/// h + s blocks long at most, and no longer than the epoch is. Evidence of it is taken until `evidence_age_blocks`
/// later.
Status require_fresh(const ReportEvidence& payload, const EpochRecord& epoch,
                     const TransactionContext& context) {
    const std::uint64_t slot = slot_of(payload.evidence).value;
    const std::uint64_t age = context.parameters.evidence_age_blocks;
    const std::uint64_t blocks = context.parameters.epoch_blocks;
    const std::uint64_t latest = epoch.first.value - 1 + (blocks == 0 ? slot : std::min(slot, blocks));
    if (context.height.value > age && context.height.value - age > latest) {
        return Error{ErrorCode::expired, "the evidence is of slot " + std::to_string(slot) + " of epoch " +
                                             to_text(epoch_of(payload.evidence)) +
                                             ", too long ago at height " + to_text(context.height)};
    }
    return {};
}

}  // namespace

Status apply(const ReportEvidence& payload, TransactionContext& context) {
    const auto epoch = Epochs::find(context.state, epoch_of(payload.evidence));
    if (!epoch) {
        return Error{ErrorCode::expired, "the evidence is of epoch " + to_text(epoch_of(payload.evidence)) +
                                             "; this is epoch " + to_text(CurrentEpoch::get(context.state))};
    }
    DURE_CHECK(require_fresh(payload, *epoch, context));
    DURE_TRY(const Account offender, protocol::check_evidence(context.chain_id, payload.evidence));
    if (!epoch->validators.index_of(offender)) {
        return Error{ErrorCode::not_found, offender.address() + " was no validator in epoch " +
                                               to_text(epoch_of(payload.evidence)) +
                                               ": what it signs counts for nothing"};
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
