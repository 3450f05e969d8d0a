#include "ledger/invariants/invariants.h"

#include <map>
#include <string>
#include <vector>

namespace dure::ledger {

namespace {

Status check_all(const StateReader& state, const Aggregates& sums) {
    DURE_CHECK(check_coin_supply(state, sums));
    DURE_CHECK(check_share_supply(state, sums));
    DURE_CHECK(check_owner_pool(state, sums));
    DURE_CHECK(check_channel_escrow(state, sums));
    DURE_CHECK(check_epoch_weights(state, sums));
    DURE_CHECK(check_nonces(state, sums));
    return {};
}

/// Every share that somebody has can be explained: it was founded, minted, received or rewarded; what is not
/// there any more was given, clawed back or slashed. Modulo 2^64.
Status check_explanations(const StateReader& state) {
    std::map<Account, std::uint64_t> explained;
    MintRows::scan(state, [&](const UnitKey& where, const MintRow& row) {
        const ClawBackRecord clawed_back = ClawBacks::find(state, where).value_or(ClawBackRecord{});
        explained[row.beneficiary] += row.amount.value - clawed_back.burned.value;
        return true;
    });
    ShareFlows::scan(state, [&](const Account& account, const ShareFlowRecord& flows) {
        explained[account] += flows.founded.value + flows.received.low - flows.given.low +
                              flows.rewarded.value - flows.slashed.value;
        return true;
    });
    Status all;
    Accounts::scan(state, [&](const Account& account, const AccountRecord& record) {
        const auto found = explained.find(account);
        all = require_equal("shares of " + account.address() + ", explained",
                            found == explained.end() ? 0 : found->second, record.all_shares().value);
        return all.has_value();
    });
    return all;
}

/// Open cases are on the agenda, and counted with their servers.
Status check_cases(const StateReader& state) {
    std::uint64_t open = 0;
    std::uint64_t due = 0;
    ReceiptCases::scan(state, [&](const Hash& receipt, const ReceiptCaseRecord& record) {
        if (!record.is_open()) return true;
        ++open;
        due += ReceiptsDue::contains(state, {record.deadline, receipt}) ? 1U : 0U;
        return true;
    });
    std::uint64_t agenda = 0;
    ReceiptsDue::scan(state, [&](const ReceiptDueKey&, const Nothing&) {
        ++agenda;
        return true;
    });
    std::uint64_t counted = 0;
    ServerBonds::scan(state, [&](const Account&, const ServerBondRecord& bond) {
        counted += bond.cases;
        return true;
    });
    DURE_CHECK(require_equal("open cases of receipts", open, due));
    DURE_CHECK(require_equal("cases' agenda", agenda, due));
    return require_equal("cases that servers count", counted, open);
}

/// Votes are for proposals that are voted on, few proposals are open, and no parameter has left its range.
Status check_changes(const StateReader& state) {
    std::uint64_t open = 0;
    Proposals::scan(state, [&](std::uint64_t, const ProposalRecord& record) {
        open += record.is_open() ? 1U : 0U;
        return true;
    });
    std::uint64_t stray_votes = 0;
    ChangeVotes::scan(state, [&](const ChangeVoteKey& key, const Nothing&) {
        const auto proposal = Proposals::find(state, key.proposal);
        stray_votes += proposal && proposal->stage == ProposalStage::voting ? 0U : 1U;
        return true;
    });
    const Parameters parameters = ParameterStore::get(state);
    DURE_CHECK(require_equal("votes without their proposal", stray_votes, 0));
    DURE_CHECK(require_equal("open proposals above their bound", open > k_max_open_proposals ? 1 : 0, 0));
    DURE_CHECK(parameters.check());
    return ChangeRulesStore::get(state).check(parameters);
}

/// Lists that are kept beside the records they are made of.
Status check_lists(const StateReader& state) {
    std::uint64_t pending = 0;
    std::uint64_t rejudging = 0;
    std::uint64_t not_open = 0;
    Offers::scan(state, [&](std::uint64_t number, const OfferRecord& offer) {
        ++pending;
        if (OfferNumbers::find(state, {offer.owner, offer.commitment}) != number) ++not_open;
        return true;
    });
    Judgings::scan(state, [&](std::uint64_t, const JudgingRecord& judging) {
        ++(judging.again ? rejudging : pending);
        return true;
    });
    std::uint64_t offers = 0;
    PendingOffers::scan(state, [&](const Account&, std::uint32_t count) {
        offers += count;
        return true;
    });
    std::uint64_t accepted = 0;
    std::vector<Uint128> sums{0};  // of the weights of the rows before
    SamplingTable::scan(state, [&](std::uint64_t, const SampledShard& row) {
        ++accepted;
        sums.push_back(sums.back() + row.weight.number());
        return true;
    });
    std::uint64_t broken_sums = 0;
    SamplingSums::scan(state, [&](std::uint64_t node, const SamplingWeight& sum) {
        const std::uint64_t before = node - (node & (~node + 1));
        if (node > accepted || sum.number() != sums[node] - sums[before]) ++broken_sums;
        return true;
    });
    DURE_CHECK(require_equal("sums of sampling weights", broken_sums, 0));
    std::uint64_t disputes = 0;
    std::uint64_t due = 0;
    Disputes::scan(state, [&](const UnitKey& key, const DisputeRecord& dispute) {
        if (dispute.stage == DisputeStage::closed) return true;
        ++disputes;
        due += DisputesDue::contains(state, {dispute.deadline, key}) ? 1U : 0U;
        return true;
    });
    std::uint64_t agenda = 0;
    DisputesDue::scan(state, [&](const DueKey&, const Nothing&) {
        ++agenda;
        return true;
    });
    DURE_CHECK(require_equal("open disputes", disputes, due));
    DURE_CHECK(require_equal("disputes' agenda", agenda, due));
    DURE_CHECK(check_cases(state));
    DURE_CHECK(check_changes(state));
    const DataRecord totals = DataTotals::get(state);
    DURE_CHECK(require_equal("pending shards", pending, totals.pending));
    DURE_CHECK(require_equal("shards being scored anew", rejudging, totals.rejudging));
    DURE_CHECK(require_equal("offers without their commitment", not_open, 0));
    DURE_CHECK(require_equal("pending offers", offers, totals.pending));
    DURE_CHECK(require_equal("accepted shards", accepted, totals.accepted));
    return require_equal("sampling weight", sums.back(), totals.weight.number());
}

}  // namespace

Status require_equal(const std::string& invariant, Uint128 left, Uint128 right) {
    if (left == right) return {};
    return Error{ErrorCode::internal, "the invariant '" + invariant + "' is broken: " + to_text(left) +
                                          " is not " + to_text(right) + "; stop the node and keep its data"};
}

Status check_invariants(const StateReader& state) {
    return check_all(state, AggregateStore::get(state));
}

Status recount_invariants(const StateReader& state) {
    const Aggregates running = AggregateStore::get(state);
    Aggregates counted = count_aggregates(state);
    counted.nonces_lowered = running.nonces_lowered;
    if (counted != running)
        return Error{ErrorCode::internal,
                     "the running aggregates are not what a recount of the whole state gives"};
    DURE_CHECK(check_all(state, counted));
    DURE_CHECK(check_explanations(state));
    return check_lists(state);
}

}  // namespace dure::ledger
