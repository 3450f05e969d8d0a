// What may be signed. The only place where consensus uses its key, and the only memory of what it signed:
// however confused the rest may be, this module never makes two statements that evidence could join (rule
// 10).
//
// It knows nothing of certificates or time. Whoever asks for a signature writes the record before the message
// leaves (rule 9).
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "base/protocol/vote.h"
#include "consensus/crypto.h"
#include "consensus/journal_record.h"

namespace dure::consensus {

class Signing {
  public:
    /// What was signed in one slot.
    struct Signed {
        std::optional<protocol::ProposalClaim> proposal;
        std::optional<protocol::SignedVote> notarize, finalize, skip;
    };

    /// Without a signer, or with may_sign false, nothing is ever signed.
    Signing(const Hash& chain_id, protocol::Epoch epoch, std::shared_ptr<const Signer> signer, bool may_sign);

    bool active() const { return may_sign_ && signer_ != nullptr; }
    std::optional<Account> account() const;

    // Each gives the signature, remembers it, or gives nothing because it would contradict what was signed.
    /// One proposal a slot, and none after a skip.
    std::optional<Signature> propose(protocol::Slot slot, const protocol::BlockReference& parent,
                                     const Hash& block);
    /// One block a slot, none after a skip, and none but a finalized one's (rules 3, 4).
    std::optional<protocol::SignedVote> notarize(protocol::Slot slot, const Hash& block);
    /// Unless the slot was skipped or another block notarized in it (rule 4).
    std::optional<protocol::SignedVote> finalize(protocol::Slot slot, const Hash& block);
    /// Unless finalize was voted (rule 5).
    std::optional<protocol::SignedVote> skip(protocol::Slot slot);

    bool may_propose(protocol::Slot slot) const;
    bool may_skip(protocol::Slot slot) const;

    /// Replays a record of this epoch. Errors: `corrupt` if another key signed it or it contradicts an
    /// earlier record.
    Status restore(const JournalRecord& record);

    /// Nothing is signed for slots up to `slot` any more, and what was is forgotten.
    void raise_floor(protocol::Slot slot);
    protocol::Slot floor() const { return floor_; }
    /// What was signed above the floor, by slot.
    const std::map<protocol::Slot, Signed>& slots() const { return slots_; }

  private:
    Status restore_vote(const protocol::SignedVote& vote);
    const Signed& at(protocol::Slot slot) const;
    protocol::SignedVote sign(const protocol::Vote& vote) const;
    bool may_notarize(protocol::Slot slot, const Hash& block) const;
    bool may_finalize(protocol::Slot slot, const Hash& block) const;

    Hash chain_id_;
    protocol::Epoch epoch_;
    std::shared_ptr<const Signer> signer_;
    bool may_sign_;
    protocol::Slot floor_;
    std::map<protocol::Slot, Signed> slots_;
};

}  // namespace dure::consensus
