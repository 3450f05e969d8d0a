#include "ledger/transactions/vote_change.h"

#include "ledger/epochs/changes.h"
#include "ledger/ownership/balances.h"

namespace dure::ledger {

Status check(const VoteChange&) {
    return {};
}

namespace {

/// So many votes are counted. Once there are, a larger bond takes the place of the smallest one: votes of dust
/// cannot keep others out.
Status make_room(Overlay& state, std::uint64_t proposal, const Account& sender, Shares bonded) {
    const std::vector<Account> voters = voters_for(state, proposal);
    if (voters.size() < k_max_change_voters) return {};
    Account smallest = voters.front();
    Shares least = load_account(state, smallest).bonded;
    for (const Account& voter : voters) {
        const Shares has = load_account(state, voter).bonded;
        if (has < least) {
            least = has;
            smallest = voter;
        }
    }
    if (bonded <= least) {
        return Error{ErrorCode::unavailable, std::to_string(voters.size()) + " accounts with at least " +
                                                 to_text(least) + " bonded shares have voted for change " +
                                                 std::to_string(proposal) +
                                                 ", which is as many as are counted; " + sender.address() +
                                                 " has " + to_text(bonded)};
    }
    ChangeVotes::erase(state, {proposal, smallest});
    return {};
}

}  // namespace

Status apply(const VoteChange& payload, TransactionContext& context) {
    const std::string name = "change " + std::to_string(payload.proposal);
    const auto proposal = Proposals::find(context.state, payload.proposal);
    if (!proposal) return Error{ErrorCode::not_found, name + " was not proposed, or is long decided"};
    if (proposal->stage != ProposalStage::voting)
        return Error{ErrorCode::conflict,
                     name + " is " + name_of(proposal->stage) + ": its votes are counted"};
    const auto last = last_height_of(context.parameters.epoch_blocks, proposal->closes);
    if (last && context.height >= *last)
        return Error{ErrorCode::expired, name + "'s votes are counted as of the block before this one"};
    const ChangeVoteKey key{payload.proposal, context.sender};
    const bool has_voted = ChangeVotes::contains(context.state, key);
    if (payload.yes) {
        if (has_voted)
            return Error{ErrorCode::duplicate, context.sender.address() + " has voted for " + name};
        const Shares bonded = load_account(context.state, context.sender).bonded;
        if (bonded.is_zero())
            return Error{ErrorCode::unauthorized,
                         context.sender.address() + " has no bonded shares to vote with"};
        DURE_CHECK(make_room(context.state, payload.proposal, context.sender, bonded));
        ChangeVotes::put(context.state, key, {});
    } else {
        if (!has_voted)
            return Error{ErrorCode::not_found, context.sender.address() + " has not voted for " + name};
        ChangeVotes::erase(context.state, key);
    }
    context.events.push_back(
        ChangeVoted{.proposal = payload.proposal, .account = context.sender, .yes = payload.yes});
    return {};
}

}  // namespace dure::ledger
