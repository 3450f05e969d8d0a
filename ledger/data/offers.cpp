#include "ledger/data/offers.h"

#include <vector>

#include "ledger/ownership/balances.h"
#include "ledger/ownership/owner_pool.h"

namespace dure::ledger {

namespace {

void release_deposit(Overlay& state, Coin deposit) {
    TreasuryRecord treasury = Treasury::get(state);
    treasury.shard_deposits -= deposit;
    Treasury::put(state, treasury);
}

}  // namespace

void count_pending(Overlay& state, const Account& owner, bool adds) {
    DataRecord totals = DataTotals::get(state);
    const std::uint32_t own = PendingOffers::find(state, owner).value_or(0);
    DURE_ASSERT(adds || (own > 0 && totals.pending > 0));
    totals.pending = adds ? totals.pending + 1 : totals.pending - 1;
    DataTotals::put(state, totals);
    const std::uint32_t rest = adds ? own + 1 : own - 1;
    if (rest == 0) {
        PendingOffers::erase(state, owner);
    } else {
        PendingOffers::put(state, owner, rest);
    }
}

void expire_offers(Overlay& state, protocol::Height height, Events& events) {
    std::vector<std::pair<std::uint64_t, OfferRecord>> expired;
    // Later offers do not expire earlier.
    Offers::scan(state, [&](std::uint64_t number, const OfferRecord& offer) {
        if (height < offer.expires) return false;
        expired.emplace_back(number, offer);
        return true;
    });
    for (const auto& [number, offer] : expired) {
        Offers::erase(state, number);
        OfferNumbers::erase(state, {offer.owner, offer.commitment});
        count_pending(state, offer.owner, false);
        forfeit_deposit(state, offer.deposit);
        events.push_back(OfferExpired{.offer = number, .owner = offer.owner, .deposit = offer.deposit});
    }
}

std::optional<std::uint64_t> first_open_offer(const StateReader& state) {
    std::optional<std::uint64_t> first;
    Offers::scan(state, [&](std::uint64_t number, const OfferRecord&) {
        first = number;
        return false;
    });
    return first;
}

void return_deposit(Overlay& state, const Account& depositor, Coin deposit) {
    release_deposit(state, deposit);
    credit(state, depositor, deposit);
}

void forfeit_deposit(Overlay& state, Coin deposit) {
    release_deposit(state, deposit);
    PoolRecord pool = Pool::get(state);
    accrue(pool, deposit);
    Pool::put(state, pool);
}

}  // namespace dure::ledger
