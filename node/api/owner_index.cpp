#include "node/api/owner_index.h"

#include <algorithm>

#include "ledger/views.h"

namespace dure::node {

namespace {

/// Whose shares an event may have changed in number. Vesting, bonding and unbonding move shares within an account.
void note_owners(const ledger::StateReader& state, const ledger::Event& event, std::set<Account>& owners) {
    if (const auto* moved = std::get_if<ledger::SharesMoved>(&event)) {
        owners.insert(moved->from);
        owners.insert(moved->to);
    } else if (const auto* minted = std::get_if<ledger::SharesMinted>(&event)) {
        owners.insert(minted->row.beneficiary);
    } else if (const auto* clawed = std::get_if<ledger::SharesClawedBack>(&event)) {
        owners.insert(clawed->holder);
    } else if (const auto* slashed = std::get_if<ledger::Slashed>(&event)) {
        owners.insert(slashed->offender);
        if (slashed->prover) {
            owners.insert(*slashed->prover);
            owners.insert(ledger::account(state, *slashed->prover).beneficiary.value_or(*slashed->prover));
        }
    }
}

}  // namespace

void OwnerIndex::build(const ledger::StateReader& state) {
    order_.clear();
    held_.clear();
    sum_ = 0;
    std::optional<Account> from;
    do {
        const auto page = ledger::owners(state, from, ledger::k_max_page);
        for (const ledger::AccountView& owner : page.entries)
            put(owner.account, owner.total);
        from = page.next;
    } while (from);
}

void OwnerIndex::put(const Account& account, Shares shares) {
    const auto known = held_.find(account);
    if (known != held_.end()) {
        if (known->second == shares) return;
        order_.erase({known->second, account});
        sum_ -= known->second.value;
        held_.erase(known);
    }
    if (shares == Shares{}) return;
    held_.emplace(account, shares);
    order_.insert({shares, account});
    sum_ += shares.value;
}

void OwnerIndex::follow(const ledger::BlockOutcome& outcome, const ledger::StateReader& state) {
    std::set<Account> owners;
    for (const ledger::TransactionReceipt& receipt : outcome.receipts) {
        for (const ledger::Event& event : receipt.events)
            note_owners(state, event, owners);
    }
    for (const ledger::Event& event : outcome.events)
        note_owners(state, event, owners);
    for (const Account& owner : owners)
        put(owner, ledger::account(state, owner).total);
    if (!owners.empty() && sum_ != ledger::supply(state).shares.value) build(state);
}

std::pair<std::vector<OwnerIndex::Place>, std::optional<OwnerIndex::Place>> OwnerIndex::page(
    const std::optional<Place>& from, std::size_t limit) const {
    std::vector<Place> places;
    auto next = from ? order_.lower_bound(*from) : order_.begin();
    for (; next != order_.end() && places.size() < limit; ++next)
        places.push_back(*next);
    return {std::move(places), next == order_.end() ? std::nullopt : std::optional<Place>(*next)};
}

}  // namespace dure::node
