#include "tools/sim/checks.h"

#include <algorithm>

namespace dure::sim {

using namespace protocol;

Checks::Checks(const Scenario& scenario, const Village& village, const Keys& keys,
               std::vector<MemberSetup> members)
    : scenario_(scenario),
      village_(village),
      verifier_(keys.verifier ? keys.verifier : std::make_shared<consensus::KeyVerifier>(village.validators)),
      members_(std::move(members)),
      heights_(members_.size(), 0),
      witness_(village.chain_id, village.validators, verifier_) {}

void Checks::violate(std::string what) {
    violations_.push_back(std::move(what));
}

bool Checks::honest(const Account& account) const {
    return std::ranges::any_of(members_, [&](const MemberSetup& member) {
        return member.account == account && (member.role == Role::honest || member.role == Role::worn);
    });
}

std::uint64_t Checks::lowest_honest() const {
    std::uint64_t lowest = ~std::uint64_t{0};
    for (const MemberSetup& member : members_) {
        if (member.role == Role::honest) lowest = std::min(lowest, heights_[member.place]);
    }
    return lowest;
}

void Checks::compare(std::size_t member, std::uint64_t height, const Hash& block, const Hash& root) {
    const auto [known, fresh] = final_.try_emplace(height, Final{block, root});
    if (fresh) return;
    if (known->second.block != block) {
        forked_ = true;
        if (!scenario_.above_the_bound)
            violate("two different final blocks at height " + std::to_string(height) + ", one by node " +
                    std::to_string(member));
    } else if (known->second.root != root) {
        violate("the state roots after height " + std::to_string(height) + " differ at node " +
                std::to_string(member));
    }
}

void Checks::became_final(std::size_t member, const Block& block, const Hash& hash, const Hash& root) {
    const std::uint64_t height = block.header.height.value;
    if (height != heights_[member] + 1)
        violate("node " + std::to_string(member) + " calls height " + std::to_string(height) +
                " final after height " + std::to_string(heights_[member]));
    heights_[member] = height;
    if (!final_.contains(height)) transfers_ += block.transactions.size();
    if (!block.header.next_validators.is_zero())
        next_validators_.try_emplace(block.header.epoch.next(), block.header.next_validators);
    compare(member, height, hash, root);
}

void Checks::came_up(std::size_t member, Height height, const Hash& block, const Hash& root,
                     bool disk_is_damaged) {
    if (height.value < heights_[member] && !disk_is_damaged)
        violate("node " + std::to_string(member) + " has lost final blocks: it starts at height " +
                to_text(height) + " and had called " + std::to_string(heights_[member]) + " final");
    heights_[member] = height.value;
    if (height.value > 0) compare(member, height.value, block, root);
}

void Checks::entered(std::size_t member, const node::BlockSync::Voters& voters) {
    const auto [known, fresh] = voters_.try_emplace(voters.epoch, voters.validators);
    if (scenario_.above_the_bound) return;
    if (const auto named = next_validators_.find(voters.epoch);
        named != next_validators_.end() && named->second != voters.validators.hash())
        violate("the header before epoch " + to_text(voters.epoch) + " names other validators than node " +
                std::to_string(member) + " has");
    if (!fresh && known->second != voters.validators)
        violate("node " + std::to_string(member) + " has other validators in epoch " + to_text(voters.epoch));
}

/// As a light client would.
void Checks::finalized(std::size_t member, const Certificate& finalization) {
    const auto voters = voters_.find(finalization.epoch);
    if (scenario_.above_the_bound) return;
    if (voters == voters_.end() || !certificate_signers(voters->second, finalization))
        violate("node " + std::to_string(member) + " has a finalization without a quorum of epoch " +
                to_text(finalization.epoch));
}

Result<Account> Checks::guilty_of(const Evidence& evidence) const {
    if (const auto* votes = std::get_if<VoteEvidence>(&evidence)) {
        if (!contradict(votes->first.vote, votes->second.vote) || votes->first.voter != votes->second.voter)
            return Error{ErrorCode::invalid, "two votes that agree"};
        for (const SignedVote* vote : {&votes->first, &votes->second}) {
            if (!verifier_->verify(vote->voter, vote_digest(village_.chain_id, vote->epoch, vote->vote),
                                   vote->signature))
                return Error{ErrorCode::invalid_signature, "a vote that is not signed"};
        }
        return votes->first.voter;
    }
    if (scenario_.real_signatures) return check_evidence(village_.chain_id, evidence);
    return std::get<ProposalEvidence>(evidence).leader;
}

void Checks::has_evidence(std::size_t member, const Evidence& evidence,
                          const std::function<bool(const Account&)>& disk_is_damaged) {
    ++evidence_;
    const auto guilty = guilty_of(evidence);
    if (!guilty)
        return violate("node " + std::to_string(member) +
                       " has evidence that does not check: " + guilty.error().message);
    const bool kept_the_rules = std::ranges::any_of(members_, [&](const MemberSetup& other) {
        return other.account == *guilty && other.role != Role::liar && other.role != Role::twins;
    });
    // A disk that forgets what was made durable can make a node contradict itself: nobody can tell that from a lie.
    if (kept_the_rules && !disk_is_damaged(*guilty)) violate("an honest validator is convicted");
}

void Checks::blames(std::size_t member, const Account& peer, const std::string& why) {
    // A node that does not count its own votes takes others' certificates for forged; that is not to count.
    // Above the bound, honest nodes on either side of a fork cannot follow each other's answers.
    if (scenario_.mistake == Mistake::own_votes_do_not_count || scenario_.above_the_bound) return;
    if (honest(members_[member].account) && honest(peer)) violate("an honest peer is blamed: " + why);
}

void Checks::stops(std::size_t member, const std::string& why) {
    if (scenario_.above_the_bound) {
        forked_ = true;
        return;
    }
    violate("node " + std::to_string(member) + " stops: " + why);
}

void Checks::stands_still(std::uint64_t wanted_height) {
    std::string heights;
    for (const MemberSetup& member : members_)
        heights += " " + std::to_string(heights_[member.place]);
    violate("it stands still: not all honest nodes are at height " + std::to_string(wanted_height) +
            " in time, but at" + heights);
}

void Checks::judge_fork() {
    if (!scenario_.above_the_bound) return;
    std::uint64_t total = 0;
    for (const auto& validator : village_.validators.validators) {
        total += validator.weight;
        if (witness_.convicted().contains(validator.key)) named_weight_ += validator.weight;
    }
    for (const Account& guilty : witness_.convicted()) {
        if (honest(guilty)) violate("an honest validator is convicted by what everybody heard");
    }
    if (forked_ && 3 * named_weight_ < total)
        violate("the chain has forked, and those who can be named weigh " + std::to_string(named_weight_) +
                " of " + std::to_string(total));
}

}  // namespace dure::sim
