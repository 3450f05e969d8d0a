// Votes, the certificates made of them, proposals, and the evidence that a pair of them can be. Simplex
// (Chan, Pass; eprint 2023/463) knows three votes: notarize a block, finalize a block, skip a slot.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <variant>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/protocol/block.h"
#include "base/protocol/types.h"
#include "base/protocol/validators.h"

namespace dure::protocol {

struct Notarize {
    Slot slot;
    Hash block;
    static constexpr auto fields() { return std::tuple(&Notarize::slot, &Notarize::block); }
    friend auto operator<=>(const Notarize&, const Notarize&) = default;
};

struct Finalize {
    Slot slot;
    Hash block;
    static constexpr auto fields() { return std::tuple(&Finalize::slot, &Finalize::block); }
    friend auto operator<=>(const Finalize&, const Finalize&) = default;
};

struct Skip {
    Slot slot;
    static constexpr auto fields() { return std::tuple(&Skip::slot); }
    friend auto operator<=>(const Skip&, const Skip&) = default;
};

using Vote = std::variant<Notarize, Finalize, Skip>;

Slot slot_of(const Vote& vote);
/// The block voted for; nothing for a skip.
std::optional<Hash> block_of(const Vote& vote);

/// What a voter signs: binds chain, epoch, kind, slot and block.
Hash vote_digest(const Hash& chain_id, Epoch epoch, const Vote& vote);

struct SignedVote {
    Epoch epoch;
    Vote vote;
    Account voter;
    Signature signature;
    static constexpr auto fields() {
        return std::tuple(&SignedVote::epoch, &SignedVote::vote, &SignedVote::voter, &SignedVote::signature);
    }
    friend bool operator==(const SignedVote&, const SignedVote&) = default;
};

SignedVote sign_vote(const Hash& chain_id, Epoch epoch, const Vote& vote, const SecretKey& key);
/// Errors: `invalid_signature`.
Status check_vote(const Hash& chain_id, const SignedVote& vote);

/// A quorum's signatures under one vote: bit i of `signers` (byte i / 8, least significant first) says that
/// validator i signed; signatures in ascending order of i.
struct Certificate {
    Epoch epoch;
    Vote vote;
    BoundedBytes<k_max_validators / 8> signers;
    BoundedList<Signature, k_max_validators> signatures;
    static constexpr auto fields() {
        return std::tuple(&Certificate::epoch, &Certificate::vote, &Certificate::signers,
                          &Certificate::signatures);
    }
    friend bool operator==(const Certificate&, const Certificate&) = default;
};

/// Checks the form (bitmap as long as the set needs and no longer, one signature a bit) and the quorum, but
/// no signature: the signers' numbers, ascending, in step with `certificate.signatures`. Errors: `malformed`,
/// `insufficient`.
Result<std::vector<std::size_t>> certificate_signers(const ValidatorSet& validators,
                                                     const Certificate& certificate);

/// Checks form, quorum and every signature.
/// Errors: `malformed`, `insufficient`, `invalid_signature`.
Status check_certificate(const Hash& chain_id, const ValidatorSet& validators,
                         const Certificate& certificate);

/// Makes a certificate of votes by distinct members of the set (any order), all for `vote`.
Certificate make_certificate(Epoch epoch, const Vote& vote, const ValidatorSet& validators,
                             std::span<const SignedVote> votes);

/// A block at the slot in which it was notarized.
struct BlockReference {
    Slot slot;
    Hash block;
    static constexpr auto fields() { return std::tuple(&BlockReference::slot, &BlockReference::block); }
    friend auto operator<=>(const BlockReference&, const BlockReference&) = default;
};

/// A gap longer than this is proven by certificates relayed on their own instead of inside the proposal.
inline constexpr std::size_t k_max_embedded_skips = 64;

struct Proposal {
    Epoch epoch;
    Slot slot;
    BlockReference parent;  ///< slot 0 is the epoch's root
    /// On the epoch's root: the finalization that it ended the epoch before with; absent in a chain's first epoch.
    std::optional<Certificate> parent_notarization;
    BoundedList<Certificate, k_max_embedded_skips> skips;  ///< of the slots between parent and this one
    Block block;
    Signature signature;  ///< the leader's over proposal_digest
    static constexpr auto fields() {
        using T = Proposal;
        return std::tuple(&T::epoch, &T::slot, &T::parent, &T::parent_notarization, &T::skips, &T::block,
                          &T::signature);
    }
    friend bool operator==(const Proposal&, const Proposal&) = default;
};

/// Binds chain, epoch, slot, parent reference and block hash; certificates prove themselves.
Hash proposal_digest(const Hash& chain_id, Epoch epoch, Slot slot, const BlockReference& parent,
                     const Hash& block);

/// Two votes of one voter that no honest voter signs (DESIGN: consensus rule 10): in one slot of one epoch
/// two different notarize votes, two different finalize votes, notarize h with finalize h' ≠ h, or skip with
/// finalize.
struct VoteEvidence {
    SignedVote first;
    SignedVote second;
    static constexpr auto fields() { return std::tuple(&VoteEvidence::first, &VoteEvidence::second); }
    friend bool operator==(const VoteEvidence&, const VoteEvidence&) = default;
};

/// A proposal as far as its signature binds it.
struct ProposalClaim {
    Slot slot;
    BlockReference parent;
    Hash block;
    Signature signature;
    static constexpr auto fields() {
        return std::tuple(&ProposalClaim::slot, &ProposalClaim::parent, &ProposalClaim::block,
                          &ProposalClaim::signature);
    }
    friend bool operator==(const ProposalClaim&, const ProposalClaim&) = default;
};

/// Two different proposals of one leader for one slot.
struct ProposalEvidence {
    Epoch epoch;
    Account leader;
    ProposalClaim first;
    ProposalClaim second;
    static constexpr auto fields() {
        return std::tuple(&ProposalEvidence::epoch, &ProposalEvidence::leader, &ProposalEvidence::first,
                          &ProposalEvidence::second);
    }
    friend bool operator==(const ProposalEvidence&, const ProposalEvidence&) = default;
};

using Evidence = std::variant<VoteEvidence, ProposalEvidence>;

/// True if the two votes contradict each other as VoteEvidence says (signatures aside).
bool contradict(const Vote& first, const Vote& second);

/// Who is proven to have broken the rules. Errors: `invalid` if the pair proves nothing, `invalid_signature`.
Result<Account> check_evidence(const Hash& chain_id, const Evidence& evidence);

}  // namespace dure::protocol
