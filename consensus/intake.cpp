// What comes from peers, and what it proves. Every message is checked whole before anything of it is kept.
#include <algorithm>

#include "consensus/simplex.h"

namespace dure::consensus {

using namespace protocol;

namespace {

/// A proposal that its own signed words prove invalid (rule 3): no certificate or block elsewhere can mend
/// it.
bool contradicts_itself(const Proposal& proposal, const Account& leader, const Config& config) {
    const Header& header = proposal.block.header;
    if (proposal.parent.slot >= proposal.slot) return true;
    if (header.version != config.version || header.chain_id != config.chain_id ||
        header.epoch != config.epoch)
        return true;
    if (config.last_height && header.height > *config.last_height) return true;  // rule 11
    if (proposal.parent.block == block_hash(header))
        return proposal.parent.slot.value == 0 ||
               config.last_height != header.height;  // rule 11: proposed again
    if (header.parent != proposal.parent.block || header.proposer != leader) return true;
    return proposal.parent.slot.value == 0 &&
           (proposal.parent.block != config.root || header.height != config.root_height.next());
}

bool bytes_fit_the_header(const Block& block) {
    return transactions_root(block.transactions) == block.header.transactions_root;
}

}  // namespace

void Simplex::on(Receive&& event) {
    if (!of_this_epoch(event.peer, event.message)) return;
    std::visit([&](auto&& message) { take(event.peer, std::move(message)); }, std::move(event.message));
}

void Simplex::take(const Account& peer, SignedVote&& vote) {
    const Slot slot = slot_of(vote.vote);
    if (vote.voter == peer && is_behind(slot)) help(peer, slot);
    if (slot.value == 0 || slot.value + k_evidence_slots <= final_slot().value ||
        slot.value > current_.value + k_max_slots_ahead)
        return;
    auto news = pool_.add(vote);
    if (!news) {
        effects_.push_back(PeerFault{peer, news.error()});
        return;
    }
    absorb(std::move(*news));
}

void Simplex::take(const Account& peer, Certificate&& certificate) {
    const Slot slot = slot_of(certificate.vote);
    if (std::holds_alternative<Finalize>(certificate.vote) && is_behind(slot.next())) help(peer, slot.next());
    if (auto taken = take_checked(certificate); !taken)
        effects_.push_back(PeerFault{peer, std::move(taken.error())});
}

Status Simplex::take_checked(const Certificate& certificate) {
    const bool counts = in_window(certificate.vote);
    if (!counts && !is_compared(slot_of(certificate.vote))) return {};
    DURE_TRY(Pool::News news, counts ? pool_.add(certificate) : pool_.compare(certificate));
    absorb(std::move(news));
    return {};
}

void Simplex::take(const Account& peer, Proposal&& proposal) {
    const Slot slot = proposal.slot;
    if (slot.value == 0) return;
    if (slot.value + k_evidence_slots <= final_slot().value ||
        slot.value > current_.value + k_max_slots_ahead)
        return;
    const auto fault = [&](Error error) { effects_.push_back(PeerFault{peer, std::move(error)}); };
    const ProposalClaim claim = claim_of(proposal);
    const auto known = slots_.find(slot);
    if (known != slots_.end() && known->second.claim &&
        (known->second.claim == claim || known->second.evidence_reported))
        return;
    const Account proposer = leader(slot);
    if (!config_.verifier->verify(
            proposer, proposal_digest(config_.chain_id, config_.epoch, slot, claim.parent, claim.block),
            claim.signature)) {
        return fault({ErrorCode::invalid_signature, "the proposal for slot " + to_text(slot) +
                                                        " is not signed by its leader " +
                                                        proposer.address()});
    }
    if (known != slots_.end() && known->second.claim) {
        const ProposalClaim& first = *known->second.claim;
        if (first.block == claim.block && first.parent == claim.parent)
            return;                              // a second signature under the same words
        known->second.evidence_reported = true;  // rule 10
        effects_.push_back(ReportEvidence{
            ProposalEvidence{.epoch = config_.epoch, .leader = proposer, .first = first, .second = claim}});
        return;
    }
    const bool invalid = contradicts_itself(proposal, proposer, config_);
    if (!invalid) {
        // Not under the leader's signature, so a peer on the way may have spoilt them: blame the peer, not
        // the leader.
        if (!bytes_fit_the_header(proposal.block))
            return fault({ErrorCode::malformed, "a proposal's transactions do not belong to its header"});
        if (auto taken = take_embedded(proposal); !taken) return fault(taken.error());
        advance();
    }
    if (slot.value > current_.value + k_max_proposals_ahead) return;
    slots_[slot].claim = claim;
    slots_[slot].proven_invalid = invalid;
    const bool useful = slot >= current_ || (slot > final_slot() && pool_.notarized({slot, claim.block}));
    if (useful && !invalid) tree_.add(claim.block, std::make_shared<const Block>(std::move(proposal.block)));
}

/// The certificates that prove a proposal's parent and gap. They count by themselves, too.
Status Simplex::take_embedded(const Proposal& proposal) {
    const auto malformed = [&](const char* what) {
        return Error{ErrorCode::malformed,
                     "the proposal for slot " + to_text(proposal.slot) + " embeds " + what};
    };
    const std::optional<Certificate>& parent = proposal.parent_notarization;
    const bool on_root = proposal.parent.slot.value == 0;
    if (parent.has_value() != (!on_root || config_.root_finalization.has_value()))
        return malformed("a notarization where none belongs, or none where one does");
    if (parent && on_root) {
        // What made the root final is settled here, so only its form matters (rule 11).
        if (!std::holds_alternative<Finalize>(parent->vote) || block_of(parent->vote) != config_.root ||
            parent->epoch.next() != config_.epoch)
            return malformed("a certificate that is not its root's");
    } else if (parent) {
        const bool names_parent =
            parent->vote == Vote{Notarize{proposal.parent.slot, proposal.parent.block}} ||
            parent->vote == Vote{Finalize{proposal.parent.slot, proposal.parent.block}};
        if (!names_parent || parent->epoch != config_.epoch)
            return malformed("a certificate that is not its parent's");
    }
    Slot last = proposal.parent.slot;
    for (const Certificate& skip : proposal.skips) {
        const Slot slot = slot_of(skip.vote);
        if (!std::holds_alternative<Skip>(skip.vote) || slot <= last || slot >= proposal.slot ||
            skip.epoch != config_.epoch) {
            return malformed("skip certificates that are not its gap's, in order");
        }
        last = slot;
    }
    if (parent && !on_root) DURE_CHECK(take_checked(*parent));
    for (const Certificate& skip : proposal.skips)
        DURE_CHECK(take_checked(skip));
    return {};
}

bool Simplex::in_window(const Vote& vote) const {
    const Slot slot = slot_of(vote);
    if (std::holds_alternative<Finalize>(vote))
        return slot.value > 0 && slot >= final_slot();  // the same slot's: it may prove a fork
    return slot > final_slot() && slot.value <= current_.value + k_max_slots_ahead;
}

/// Rule 10, for slots up to the final one.
bool Simplex::is_compared(Slot slot) const {
    return slot.value > 0 && slot <= final_slot() && slot.value + k_evidence_slots > final_slot().value;
}

void Simplex::absorb(Pool::News&& news) {
    for (VoteEvidence& evidence : news.evidence)
        effects_.push_back(ReportEvidence{std::move(evidence)});  // rule 10
    for (Certificate& certificate : news.certificates) {
        const Slot slot = slot_of(certificate.vote);
        if (std::holds_alternative<Finalize>(certificate.vote)) {
            on_finalization(certificate);
            continue;
        }
        if (slot <= final_slot()) continue;
        effects_.push_back(Broadcast{certificate});  // rule 8
        if (std::holds_alternative<Notarize>(certificate.vote))
            vote_finalize({slot, *block_of(certificate.vote)});
    }
}

/// Rule 7, but for the blocks, which may still be missing.
void Simplex::on_finalization(const Certificate& certificate) {
    const BlockReference block{slot_of(certificate.vote), *block_of(certificate.vote)};
    if (block.slot < final_slot()) return;
    if (block != final_reference()) return halt("slot " + to_text(block.slot) + " is final twice");
    effects_.push_back(Broadcast{certificate});  // rule 8
    pace_.finalized(now_);
    forget_old_slots();
}

}  // namespace dure::consensus
