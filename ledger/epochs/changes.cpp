#include "ledger/epochs/changes.h"

#include <vector>

#include "base/assert.h"
#include "ledger/ownership/balances.h"

namespace dure::ledger {

namespace {

using protocol::Epoch;

struct Proposal {
    std::uint64_t number = 0;
    ProposalRecord record;
};

std::vector<Proposal> all_proposals(const StateReader& state) {
    std::vector<Proposal> all;
    Proposals::scan(state, [&](std::uint64_t number, const ProposalRecord& record) {
        all.push_back({number, record});
        return true;
    });
    return all;
}

void return_deposit(Overlay& state, ProposalRecord& record) {
    credit(state, record.depositor, record.deposit);
    TreasuryRecord treasury = Treasury::get(state);
    treasury.change_deposits -= record.deposit;
    Treasury::put(state, treasury);
    record.deposit = {};
}

void close_vote(Overlay& state, const StateReader& before, Proposal& proposal, Events& events) {
    ProposalRecord& record = proposal.record;
    const ChangeTally tally = tally_of(before, proposal.number);
    for (const Account& voter : voters_for(state, proposal.number))
        ChangeVotes::erase(state, {proposal.number, voter});
    return_deposit(state, record);
    record.for_it = tally.for_it;
    record.of_all = tally.of_all;
    if (tally.accepts(ChangeRulesStore::get(state).quorum_bp)) {
        record.stage = ProposalStage::accepted;
        events.push_back(ChangeAccepted{.proposal = proposal.number,
                                        .for_it = tally.for_it,
                                        .of_all = tally.of_all,
                                        .from = record.from});
    } else {
        record.stage = ProposalStage::refused;
        events.push_back(ChangeLapsed{.proposal = proposal.number, .accepted = false});
    }
}

/// Parameters and version may have moved since the proposal was made, by another one.
void apply_or_lapse(Overlay& state, Proposal& proposal, Events& events) {
    ProposalRecord& record = proposal.record;
    const Result<Parameters> parameters =
        changed(ParameterStore::get(state), record.parameters, ChangeRulesStore::get(state));
    const bool is_later = record.version == 0 || record.version > ProtocolVersion::get(state);
    if (!parameters || !is_later) {
        record.stage = ProposalStage::lapsed;
        events.push_back(ChangeLapsed{.proposal = proposal.number, .accepted = true});
        return;
    }
    ParameterStore::put(state, *parameters);
    if (record.version != 0) ProtocolVersion::put(state, record.version);
    record.stage = ProposalStage::applied;
    events.push_back(ChangeApplied{.proposal = proposal.number, .from = record.from});
}

void forget_oldest(Overlay& state) {
    std::vector<std::uint64_t> closed;
    for (const Proposal& one : all_proposals(state)) {
        if (!one.record.is_open()) closed.push_back(one.number);
    }
    for (std::size_t i = 0; i + k_kept_proposals < closed.size(); ++i)
        Proposals::erase(state, closed[i]);
}

}  // namespace

bool ChangeTally::accepts(std::uint32_t quorum_bp) const {
    return static_cast<Uint128>(for_it.value) * k_basis_points >
           static_cast<Uint128>(of_all.value) * quorum_bp;
}

std::vector<Account> voters_for(const StateReader& state, std::uint64_t proposal) {
    std::vector<Account> voters;
    ChangeVotes::scan_part(state, proposal, [&](const ChangeVoteKey& key, const Nothing&) {
        voters.push_back(key.account);
        return true;
    });
    return voters;
}

ChangeTally tally_of(const StateReader& state, std::uint64_t proposal) {
    ChangeTally tally;
    for (const Account& voter : voters_for(state, proposal))
        tally.for_it += load_account(state, voter).bonded;
    tally.of_all = Pool::get(state).bonded_shares;
    return tally;
}

void advance_changes(Overlay& state, const StateReader& before, Events& events) {
    const Epoch ended = CurrentEpoch::get(state);
    for (Proposal& proposal : all_proposals(state)) {
        const ProposalStage stage = proposal.record.stage;
        if (stage == ProposalStage::voting && proposal.record.closes == ended) {
            close_vote(state, before, proposal, events);
        } else if (stage == ProposalStage::accepted && proposal.record.from == ended.next()) {
            apply_or_lapse(state, proposal, events);
        } else {
            continue;
        }
        Proposals::put(state, proposal.number, proposal.record);
    }
    forget_oldest(state);
}

}  // namespace dure::ledger
