#include "consensus/pool.h"

#include <algorithm>

namespace dure::consensus {

using namespace protocol;

Pool::Pool(const Hash& chain_id, Epoch epoch, ValidatorSet validators,
           std::shared_ptr<const Verifier> verifier)
    : chain_id_(chain_id),
      epoch_(epoch),
      validators_(std::move(validators)),
      verifier_(std::move(verifier)) {}

Result<Pool::News> Pool::add(const SignedVote& vote) {
    const auto voter = validators_.index_of(vote.voter);
    if (!voter)
        return Error{ErrorCode::unauthorized,
                     vote.voter.address() + " is no validator of epoch " + to_text(epoch_)};
    SlotTally& tally = slots_[slot_of(vote.vote)];
    if (tally.votes_forgotten) return News{};
    const Votes& votes = votes_for(tally, vote.vote);
    const auto known = votes.find(*voter);
    if (known != votes.end() && (known->second.vote == vote.vote || tally.reported.contains(*voter)))
        return News{};
    if (!verifier_->verify(vote.voter, vote_digest(chain_id_, epoch_, vote.vote), vote.signature)) {
        return Error{ErrorCode::invalid_signature, "the vote for slot " + to_text(slot_of(vote.vote)) +
                                                       " is not signed by " + vote.voter.address()};
    }
    News news;
    keep_vote(vote, *voter, news);
    count(vote.vote, news);
    return news;
}

Result<Pool::News> Pool::add(const Certificate& certificate) {
    if (held(certificate.vote) != nullptr) return News{};
    DURE_TRY(const std::vector<std::size_t> signers, check(certificate));
    News news;
    keep_certificate(certificate, news);
    keep_votes(certificate, signers, news);
    return news;
}

Result<Pool::News> Pool::compare(const Certificate& certificate) {
    if (held(certificate.vote) != nullptr) return News{};
    DURE_TRY(const std::vector<std::size_t> signers, check(certificate));
    News news;
    keep_votes(certificate, signers, news);
    return news;
}

const Certificate* Pool::notarization(Slot slot) const {
    const auto tally = slots_.find(slot);
    return tally != slots_.end() && tally->second.notarization ? &*tally->second.notarization : nullptr;
}

const Certificate* Pool::skip(Slot slot) const {
    const auto tally = slots_.find(slot);
    return tally != slots_.end() && tally->second.skip_certificate ? &*tally->second.skip_certificate
                                                                   : nullptr;
}

bool Pool::notarized(const BlockReference& block) const {
    const Certificate* certificate = notarization(block.slot);
    return certificate != nullptr && block_of(certificate->vote) == block.block;
}

std::vector<BlockReference> Pool::notarized_after(Slot slot) const {
    std::vector<BlockReference> blocks;
    for (auto tally = slots_.upper_bound(slot); tally != slots_.end(); ++tally) {
        if (const auto& notarization = tally->second.notarization)
            blocks.push_back({tally->first, *block_of(notarization->vote)});
    }
    return blocks;
}

std::vector<SignedVote> Pool::votes_of(const Account& voter, Slot slot) const {
    std::vector<SignedVote> all;
    const auto index = validators_.index_of(voter);
    const auto tally = slots_.find(slot);
    if (!index || tally == slots_.end()) return all;
    for (const Votes* votes : {&tally->second.notarize, &tally->second.finalize, &tally->second.skip}) {
        if (const auto vote = votes->find(*index); vote != votes->end()) all.push_back(vote->second);
    }
    return all;
}

void Pool::forget_up_to(Slot slot) {
    slots_.erase(slots_.begin(), slots_.upper_bound(slot));
}

void Pool::forget_skipped_votes_before(Slot slot) {
    for (auto tally = slots_.lower_bound(slot); tally != slots_.begin();) {
        --tally;
        if (tally->second.votes_forgotten) break;  // and so are those before it
        if (!tally->second.skip_certificate) continue;
        SlotTally& old = tally->second;
        old.notarize.clear();
        old.finalize.clear();
        old.skip.clear();
        old.reported.clear();
        old.votes_forgotten = true;
    }
}

Pool::Votes& Pool::votes_for(SlotTally& tally, const Vote& vote) {
    if (std::holds_alternative<Notarize>(vote)) return tally.notarize;
    if (std::holds_alternative<Finalize>(vote)) return tally.finalize;
    return tally.skip;
}

const Certificate* Pool::held(const Vote& vote) const {
    const Certificate* certificate = nullptr;
    if (std::holds_alternative<Notarize>(vote)) certificate = notarization(slot_of(vote));
    if (std::holds_alternative<Skip>(vote)) certificate = skip(slot_of(vote));
    if (std::holds_alternative<Finalize>(vote)) certificate = finalization();
    return certificate != nullptr && certificate->vote == vote ? certificate : nullptr;
}

Result<std::vector<std::size_t>> Pool::check(const Certificate& certificate) {
    DURE_TRY(std::vector<std::size_t> signers, certificate_signers(validators_, certificate));
    const Hash digest = vote_digest(chain_id_, epoch_, certificate.vote);
    const Votes& votes = votes_for(slots_[slot_of(certificate.vote)], certificate.vote);
    for (std::size_t i = 0; i < signers.size(); ++i) {
        const Account& voter = validators_.validators[signers[i]].key;
        const auto known = votes.find(signers[i]);
        if (known != votes.end() && known->second.vote == certificate.vote &&
            known->second.signature == certificate.signatures[i])
            continue;
        if (!verifier_->verify(voter, digest, certificate.signatures[i])) {
            return Error{ErrorCode::invalid_signature,
                         "a certificate's signature by " + voter.address() + " does not verify"};
        }
    }
    return signers;
}

void Pool::keep_votes(const Certificate& certificate, const std::vector<std::size_t>& signers, News& news) {
    if (slots_[slot_of(certificate.vote)].votes_forgotten) return;
    for (std::size_t i = 0; i < signers.size(); ++i) {
        keep_vote({.epoch = epoch_,
                   .vote = certificate.vote,
                   .voter = validators_.validators[signers[i]].key,
                   .signature = certificate.signatures[i]},
                  signers[i], news);
    }
}

void Pool::keep_vote(const SignedVote& vote, std::size_t voter, News& news) {
    SlotTally& tally = slots_[slot_of(vote.vote)];
    for (const Votes* votes : {&tally.notarize, &tally.finalize, &tally.skip}) {
        const auto other = votes->find(voter);
        if (other == votes->end() || !contradict(other->second.vote, vote.vote)) continue;
        if (tally.reported.insert(voter).second)
            news.evidence.push_back({.first = other->second, .second = vote});
    }
    votes_for(tally, vote.vote).emplace(voter, vote);
}

void Pool::keep_certificate(const Certificate& certificate, News& news) {
    const Slot slot = slot_of(certificate.vote);
    if (std::holds_alternative<Finalize>(certificate.vote)) {
        if (!finalization_ || slot_of(finalization_->vote) < slot) finalization_ = certificate;
    } else {
        SlotTally& tally = slots_[slot];
        std::optional<Certificate>& place =
            std::holds_alternative<Notarize>(certificate.vote) ? tally.notarization : tally.skip_certificate;
        if (place)
            return;  // two notarizations in a slot need more than a third of faulty weight; the first one
                     // stands
        place = certificate;
    }
    news.certificates.push_back(certificate);
}

void Pool::count(const Vote& vote, News& news) {
    if (held(vote) != nullptr) return;
    std::uint64_t weight = 0;
    std::vector<SignedVote> agreeing;
    for (const auto& [voter, other] : votes_for(slots_[slot_of(vote)], vote)) {
        if (other.vote != vote) continue;
        weight += validators_.validators[voter].weight;
        agreeing.push_back(other);
    }
    if (validators_.is_quorum(weight))
        keep_certificate(make_certificate(epoch_, vote, validators_, agreeing), news);
}

}  // namespace dure::consensus
