// The tally: checks votes and certificates, makes certificates of votes, and notices voters who contradict
// themselves (rule 10).
//
// Promises: nothing enters without a valid signature of a validator of this epoch; a signature is verified
// once, and not again inside a certificate; for each validator, slot and kind one vote is kept, the first. It
// does not know which slot the node is in, and sends nothing.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/protocol/vote.h"
#include "consensus/crypto.h"

namespace dure::consensus {

class Pool {
  public:
    /// What one message added.
    struct News {
        std::vector<protocol::Certificate> certificates;  ///< held for the first time
        std::vector<protocol::VoteEvidence> evidence;     ///< at most one for each validator and slot
    };

    Pool(const Hash& chain_id, protocol::Epoch epoch, protocol::ValidatorSet validators,
         std::shared_ptr<const Verifier> verifier);

    /// Errors: `unauthorized` for a voter outside the set, `invalid_signature`. A vote known already adds
    /// nothing and is no error.
    Result<News> add(const protocol::SignedVote& vote);
    /// Errors: as certificate_signers and `invalid_signature`.
    Result<News> add(const protocol::Certificate& certificate);
    /// Keeps no certificate, only the votes in it, for evidence: of slots that are settled. Errors: as add.
    Result<News> compare(const protocol::Certificate& certificate);

    /// Certificates of a slot, null where there is none.
    const protocol::Certificate* notarization(protocol::Slot slot) const;
    const protocol::Certificate* skip(protocol::Slot slot) const;
    /// True if exactly this block is notarized in exactly this slot.
    bool notarized(const protocol::BlockReference& block) const;
    /// The finalization of the highest slot, null before the first.
    const protocol::Certificate* finalization() const { return finalization_ ? &*finalization_ : nullptr; }
    /// The notarized blocks of slots after `slot`, by ascending slot.
    std::vector<protocol::BlockReference> notarized_after(protocol::Slot slot) const;
    /// One validator's votes in a slot, at most one of each kind.
    std::vector<protocol::SignedVote> votes_of(const Account& voter, protocol::Slot slot) const;

    /// Forgets everything of slots up to `slot` but the newest finalization.
    void forget_up_to(protocol::Slot slot);
    /// Forgets the votes (not the certificates) of slots before `slot` that ended in a skip: no finalization
    /// of theirs can come.
    void forget_skipped_votes_before(protocol::Slot slot);

  private:
    using Votes = std::map<std::size_t, protocol::SignedVote>;  // by the validator's number
    struct SlotTally {
        Votes notarize, finalize, skip;
        std::optional<protocol::Certificate> notarization, skip_certificate;
        std::set<std::size_t> reported;
        bool votes_forgotten = false;
    };

    static Votes& votes_for(SlotTally& tally, const protocol::Vote& vote);
    const protocol::Certificate* held(const protocol::Vote& vote) const;
    Result<std::vector<std::size_t>> check(const protocol::Certificate& certificate);
    void keep_votes(const protocol::Certificate& certificate, const std::vector<std::size_t>& signers,
                    News& news);
    void keep_vote(const protocol::SignedVote& vote, std::size_t voter, News& news);
    void keep_certificate(const protocol::Certificate& certificate, News& news);
    void count(const protocol::Vote& vote, News& news);

    Hash chain_id_;
    protocol::Epoch epoch_;
    protocol::ValidatorSet validators_;
    std::shared_ptr<const Verifier> verifier_;
    std::map<protocol::Slot, SlotTally> slots_;
    std::optional<protocol::Certificate> finalization_;
};

}  // namespace dure::consensus
