// What the journal holds: a record of each thing this node signs, written before it leaves (rule 9). One
// record restores what may not be contradicted and what the network may need again: a block's bytes, a
// notarization.
#pragma once

#include <optional>
#include <tuple>
#include <variant>

#include "base/protocol/vote.h"

namespace dure::consensus {

/// This node's own proposal.
struct ProposalRecord {
    protocol::Proposal proposal;
    static constexpr auto fields() { return std::tuple(&ProposalRecord::proposal); }
    friend bool operator==(const ProposalRecord&, const ProposalRecord&) = default;
};

struct NotarizeRecord {
    protocol::SignedVote vote;
    std::optional<protocol::Block> block;  ///< absent if the same slot's ProposalRecord stands before it, or
                                           ///< if nobody can need it any more
    static constexpr auto fields() { return std::tuple(&NotarizeRecord::vote, &NotarizeRecord::block); }
    friend bool operator==(const NotarizeRecord&, const NotarizeRecord&) = default;
};

struct FinalizeRecord {
    protocol::SignedVote vote;
    protocol::Certificate notarization;
    static constexpr auto fields() {
        return std::tuple(&FinalizeRecord::vote, &FinalizeRecord::notarization);
    }
    friend bool operator==(const FinalizeRecord&, const FinalizeRecord&) = default;
};

struct SkipRecord {
    protocol::SignedVote vote;
    static constexpr auto fields() { return std::tuple(&SkipRecord::vote); }
    friend bool operator==(const SkipRecord&, const SkipRecord&) = default;
};

/// This node proposed, and the slot is long skipped: the block need not be kept, but nothing else may be
/// proposed there.
struct ProposedRecord {
    protocol::Epoch epoch;
    protocol::ProposalClaim claim;
    static constexpr auto fields() { return std::tuple(&ProposedRecord::epoch, &ProposedRecord::claim); }
    friend bool operator==(const ProposedRecord&, const ProposedRecord&) = default;
};

/// Records of slots up to this one were dropped when the journal was shortened: nothing there may be signed
/// again.
struct FloorRecord {
    protocol::Epoch epoch;
    protocol::Slot slot;
    static constexpr auto fields() { return std::tuple(&FloorRecord::epoch, &FloorRecord::slot); }
    friend bool operator==(const FloorRecord&, const FloorRecord&) = default;
};

using JournalRecord =
    std::variant<ProposalRecord, NotarizeRecord, FinalizeRecord, SkipRecord, ProposedRecord, FloorRecord>;

protocol::Epoch epoch_of(const JournalRecord& record);
protocol::ProposalClaim claim_of(const protocol::Proposal& proposal);
/// The vote that the record is of; null for proposals and floors.
const protocol::SignedVote* vote_of(const JournalRecord& record);

}  // namespace dure::consensus
