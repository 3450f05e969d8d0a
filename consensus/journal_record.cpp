#include "consensus/journal_record.h"

namespace dure::consensus {

protocol::Epoch epoch_of(const JournalRecord& record) {
    if (const auto* proposal = std::get_if<ProposalRecord>(&record)) return proposal->proposal.epoch;
    if (const auto* proposed = std::get_if<ProposedRecord>(&record)) return proposed->epoch;
    if (const auto* floor = std::get_if<FloorRecord>(&record)) return floor->epoch;
    return vote_of(record)->epoch;
}

protocol::ProposalClaim claim_of(const protocol::Proposal& proposal) {
    return {.slot = proposal.slot,
            .parent = proposal.parent,
            .block = block_hash(proposal.block),
            .signature = proposal.signature};
}

const protocol::SignedVote* vote_of(const JournalRecord& record) {
    if (const auto* notarize = std::get_if<NotarizeRecord>(&record)) return &notarize->vote;
    if (const auto* finalize = std::get_if<FinalizeRecord>(&record)) return &finalize->vote;
    if (const auto* skip = std::get_if<SkipRecord>(&record)) return &skip->vote;
    return nullptr;
}

}  // namespace dure::consensus
