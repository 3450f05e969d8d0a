#include "consensus/signing.h"

namespace dure::consensus {

using namespace protocol;

namespace {

/// True unless `vote` is for another block than `block`.
bool absent_or_for(const std::optional<SignedVote>& vote, const Hash& block) {
    return !vote || block_of(vote->vote) == block;
}

Error contradiction(Slot slot) {
    return {ErrorCode::corrupt, "the journal's records of slot " + to_text(slot) +
                                    " contradict each other; open without it and sign nothing"};
}

}  // namespace

Signing::Signing(const Hash& chain_id, Epoch epoch, std::shared_ptr<const Signer> signer, bool may_sign)
    : chain_id_(chain_id), epoch_(epoch), signer_(std::move(signer)), may_sign_(may_sign) {}

std::optional<Account> Signing::account() const {
    if (signer_ == nullptr) return std::nullopt;
    return signer_->account();
}

std::optional<Signature> Signing::propose(Slot slot, const BlockReference& parent, const Hash& block) {
    if (!may_propose(slot)) return std::nullopt;
    const Signature signature = signer_->sign(proposal_digest(chain_id_, epoch_, slot, parent, block));
    slots_[slot].proposal =
        ProposalClaim{.slot = slot, .parent = parent, .block = block, .signature = signature};
    return signature;
}

std::optional<SignedVote> Signing::notarize(Slot slot, const Hash& block) {
    if (!active() || !may_notarize(slot, block)) return std::nullopt;
    return slots_[slot].notarize = sign(Notarize{slot, block});
}

std::optional<SignedVote> Signing::finalize(Slot slot, const Hash& block) {
    if (!active() || !may_finalize(slot, block)) return std::nullopt;
    return slots_[slot].finalize = sign(Finalize{slot, block});
}

std::optional<SignedVote> Signing::skip(Slot slot) {
    if (!may_skip(slot)) return std::nullopt;
    return slots_[slot].skip = sign(Skip{slot});
}

bool Signing::may_propose(Slot slot) const {
    return active() && slot > floor_ && !at(slot).proposal && !at(slot).skip;
}

bool Signing::may_skip(Slot slot) const {
    return active() && slot > floor_ && !at(slot).skip && !at(slot).finalize;
}

bool Signing::may_notarize(Slot slot, const Hash& block) const {
    return slot > floor_ && !at(slot).notarize && !at(slot).skip && absent_or_for(at(slot).finalize, block);
}

bool Signing::may_finalize(Slot slot, const Hash& block) const {
    return slot > floor_ && !at(slot).finalize && !at(slot).skip && absent_or_for(at(slot).notarize, block);
}

Status Signing::restore(const JournalRecord& record) {
    if (const auto* floor = std::get_if<FloorRecord>(&record)) {
        raise_floor(std::max(floor_, floor->slot));
        return {};
    }
    if (const SignedVote* vote = vote_of(record)) return restore_vote(*vote);
    const auto* own = std::get_if<ProposalRecord>(&record);
    const ProposalClaim claim = own ? claim_of(own->proposal) : std::get<ProposedRecord>(record).claim;
    if (claim.slot <= floor_) return {};
    std::optional<ProposalClaim>& place = slots_[claim.slot].proposal;
    if (place && *place != claim) return contradiction(claim.slot);
    place = claim;
    return {};
}

Status Signing::restore_vote(const SignedVote& vote) {
    if (signer_ != nullptr && vote.voter != signer_->account()) {
        return Error{ErrorCode::corrupt, "the journal holds votes of " + vote.voter.address() +
                                             ", but this node is " + signer_->account().address() +
                                             "; give the node its own journal"};
    }
    const Slot slot = slot_of(vote.vote);
    if (slot <= floor_) return {};
    Signed& mine = slots_[slot];
    for (const std::optional<SignedVote>* other : {&mine.notarize, &mine.finalize, &mine.skip}) {
        if (*other && contradict((*other)->vote, vote.vote)) return contradiction(slot);
    }
    if (std::holds_alternative<Notarize>(vote.vote)) mine.notarize = vote;
    if (std::holds_alternative<Finalize>(vote.vote)) mine.finalize = vote;
    if (std::holds_alternative<Skip>(vote.vote)) mine.skip = vote;
    return {};
}

void Signing::raise_floor(Slot slot) {
    floor_ = std::max(floor_, slot);
    slots_.erase(slots_.begin(), slots_.upper_bound(floor_));
}

const Signing::Signed& Signing::at(Slot slot) const {
    static const Signed nothing;
    const auto found = slots_.find(slot);
    return found == slots_.end() ? nothing : found->second;
}

SignedVote Signing::sign(const Vote& vote) const {
    return {.epoch = epoch_,
            .vote = vote,
            .voter = signer_->account(),
            .signature = signer_->sign(vote_digest(chain_id_, epoch_, vote))};
}

}  // namespace dure::consensus
