// A third party that hears every vote and certificate: whom it can convict when a chain has forked.
#pragma once

#include <map>
#include <set>

#include "base/protocol/validators.h"
#include "base/protocol/vote.h"
#include "node/peers/messages.h"

namespace dure::sim {

class Witness {
  public:
    Witness(const Hash& chain_id, protocol::ValidatorSet validators,
            std::shared_ptr<const consensus::Verifier> verifier)
        : chain_id_(chain_id), validators_(std::move(validators)), verifier_(std::move(verifier)) {}

    void hears(const node::Message& message) {
        if (const auto* vote = std::get_if<protocol::SignedVote>(&message)) return hears(*vote);
        if (const auto* certificate = std::get_if<protocol::Certificate>(&message)) hears(*certificate);
        if (const auto* proposal = std::get_if<protocol::Proposal>(&message)) {
            if (proposal->parent_notarization) hears(*proposal->parent_notarization);
            for (const protocol::Certificate& skip : proposal->skips)
                hears(skip);
        }
    }
    const std::set<Account>& convicted() const { return convicted_; }

  private:
    void hears(const protocol::Certificate& certificate) {
        const auto signers = protocol::certificate_signers(validators_, certificate);
        if (!signers) return;
        for (std::size_t i = 0; i < signers->size(); ++i)
            hears(protocol::SignedVote{.epoch = certificate.epoch,
                                       .vote = certificate.vote,
                                       .voter = validators_.validators[(*signers)[i]].key,
                                       .signature = certificate.signatures[i]});
    }
    void hears(const protocol::SignedVote& vote) {
        auto& said = said_[{protocol::slot_of(vote.vote), vote.voter}];
        if (said.contains(vote.vote)) return;
        if (!verifier_->verify(vote.voter, protocol::vote_digest(chain_id_, vote.epoch, vote.vote),
                               vote.signature))
            return;
        for (const protocol::Vote& other : said) {
            if (protocol::contradict(other, vote.vote)) convicted_.insert(vote.voter);
        }
        said.insert(vote.vote);
    }

    Hash chain_id_;
    protocol::ValidatorSet validators_;
    std::shared_ptr<const consensus::Verifier> verifier_;
    std::map<std::pair<protocol::Slot, Account>, std::set<protocol::Vote>> said_;
    std::set<Account> convicted_;
};

}  // namespace dure::sim
