#include "base/protocol/vote.h"

#include <algorithm>
#include <vector>

#include "base/assert.h"

namespace dure::protocol {

namespace {

Error refused(ErrorCode code, std::string why) {
    return {code, std::move(why)};
}

bool bit_of(ByteView bitmap, std::size_t index) {
    return (bitmap[index / 8] >> (index % 8) & 1) != 0;
}

std::size_t bitmap_bytes(const ValidatorSet& set) {
    return (set.validators.size() + 7) / 8;
}

}  // namespace

Slot slot_of(const Vote& vote) {
    return std::visit([](const auto& kind) { return kind.slot; }, vote);
}

std::optional<Hash> block_of(const Vote& vote) {
    if (const auto* notarize = std::get_if<Notarize>(&vote)) return notarize->block;
    if (const auto* finalize = std::get_if<Finalize>(&vote)) return finalize->block;
    return std::nullopt;
}

Hash vote_digest(const Hash& chain_id, Epoch epoch, const Vote& vote) {
    static const TaggedHash hash("dure/vote");
    return hash({chain_id.bytes, encode(epoch), encode(vote)});
}

SignedVote sign_vote(const Hash& chain_id, Epoch epoch, const Vote& vote, const SecretKey& key) {
    return {.epoch = epoch,
            .vote = vote,
            .voter = key.account(),
            .signature = key.sign(vote_digest(chain_id, epoch, vote))};
}

Status check_vote(const Hash& chain_id, const SignedVote& vote) {
    if (!verify(vote.voter, vote_digest(chain_id, vote.epoch, vote.vote), vote.signature)) {
        return refused(ErrorCode::invalid_signature, "the vote for slot " + to_text(slot_of(vote.vote)) +
                                                         " is not signed by " + vote.voter.address());
    }
    return {};
}

Result<std::vector<std::size_t>> certificate_signers(const ValidatorSet& set,
                                                     const Certificate& certificate) {
    if (certificate.signers.size() != bitmap_bytes(set)) {
        return refused(ErrorCode::malformed,
                       "a certificate's bitmap has " + std::to_string(certificate.signers.size()) +
                           " bytes, this validator set needs " + std::to_string(bitmap_bytes(set)));
    }
    std::uint64_t weight = 0;
    std::vector<std::size_t> signers;
    for (std::size_t i = 0; i < certificate.signers.size() * 8; ++i) {
        if (!bit_of(certificate.signers, i)) continue;
        if (i >= set.validators.size())
            return refused(ErrorCode::malformed,
                           "a certificate names validator " + std::to_string(i) + ", which does not exist");
        weight += set.validators[i].weight;
        signers.push_back(i);
    }
    if (signers.size() != certificate.signatures.size()) {
        return refused(ErrorCode::malformed,
                       "a certificate names " + std::to_string(signers.size()) + " signers but carries " +
                           std::to_string(certificate.signatures.size()) + " signatures");
    }
    if (!set.is_quorum(weight)) {
        return refused(ErrorCode::insufficient, "a certificate carries weight " + std::to_string(weight) +
                                                    " of " + std::to_string(set.total_weight()) +
                                                    ", which is not more than two thirds");
    }
    return signers;
}

Status check_certificate(const Hash& chain_id, const ValidatorSet& set, const Certificate& certificate) {
    DURE_TRY(const std::vector<std::size_t> signers, certificate_signers(set, certificate));
    const Hash digest = vote_digest(chain_id, certificate.epoch, certificate.vote);
    for (std::size_t i = 0; i < signers.size(); ++i) {
        const Account& voter = set.validators[signers[i]].key;
        if (!verify(voter, digest, certificate.signatures[i])) {
            return refused(ErrorCode::invalid_signature,
                           "a certificate's signature by " + voter.address() + " does not verify");
        }
    }
    return {};
}

Certificate make_certificate(Epoch epoch, const Vote& vote, const ValidatorSet& set,
                             std::span<const SignedVote> votes) {
    Certificate certificate{
        .epoch = epoch, .vote = vote, .signers = Bytes(bitmap_bytes(set)), .signatures = {}};
    std::vector<std::pair<std::size_t, Signature>> ordered;
    for (const SignedVote& signed_vote : votes) {
        const auto index = set.index_of(signed_vote.voter);
        DURE_ASSERT(index && signed_vote.vote == vote && signed_vote.epoch == epoch);
        ordered.emplace_back(*index, signed_vote.signature);
    }
    std::sort(ordered.begin(), ordered.end());
    for (const auto& [index, signature] : ordered) {
        DURE_ASSERT(!bit_of(certificate.signers, index));
        certificate.signers[index / 8] =
            static_cast<std::uint8_t>(certificate.signers[index / 8] | 1U << (index % 8));
        certificate.signatures.push_back(signature);
    }
    return certificate;
}

Hash proposal_digest(const Hash& chain_id, Epoch epoch, Slot slot, const BlockReference& parent,
                     const Hash& block) {
    static const TaggedHash hash("dure/proposal");
    return hash({chain_id.bytes, encode(epoch), encode(slot), encode(parent), block.bytes});
}

bool contradict(const Vote& first, const Vote& second) {
    if (slot_of(first) != slot_of(second) || first == second) return false;
    const bool skips = std::holds_alternative<Skip>(first) || std::holds_alternative<Skip>(second);
    if (skips) return std::holds_alternative<Finalize>(first) || std::holds_alternative<Finalize>(second);
    return block_of(first) != block_of(second);
}

namespace {

Result<Account> check_votes(const Hash& chain_id, const VoteEvidence& evidence) {
    const SignedVote& first = evidence.first;
    const SignedVote& second = evidence.second;
    if (first.voter != second.voter || first.epoch != second.epoch || !contradict(first.vote, second.vote)) {
        return refused(ErrorCode::invalid, "these two votes do not contradict each other");
    }
    DURE_CHECK(check_vote(chain_id, first));
    DURE_CHECK(check_vote(chain_id, second));
    return first.voter;
}

Result<Account> check_proposals(const Hash& chain_id, const ProposalEvidence& evidence) {
    const ProposalClaim& first = evidence.first;
    const ProposalClaim& second = evidence.second;
    if (first.slot != second.slot || (first.block == second.block && first.parent == second.parent)) {
        return refused(ErrorCode::invalid, "these two proposals do not contradict each other");
    }
    for (const ProposalClaim* claim : {&first, &second}) {
        if (!verify(evidence.leader,
                    proposal_digest(chain_id, evidence.epoch, claim->slot, claim->parent, claim->block),
                    claim->signature)) {
            return refused(ErrorCode::invalid_signature,
                           "a proposal in the evidence is not signed by " + evidence.leader.address());
        }
    }
    return evidence.leader;
}

}  // namespace

Result<Account> check_evidence(const Hash& chain_id, const Evidence& evidence) {
    if (const auto* votes = std::get_if<VoteEvidence>(&evidence)) return check_votes(chain_id, *votes);
    return check_proposals(chain_id, std::get<ProposalEvidence>(evidence));
}

}  // namespace dure::protocol
