#include "ledger/transactions/offer_data.h"

#include "ledger/data/offers.h"
#include "ledger/ownership/balances.h"

namespace dure::ledger {

Status check(const OfferData&) {
    return {};
}

namespace {

/// Errors: `unavailable` if too much is pending, of all or of this owner.
Status require_room(const StateReader& state, const Parameters& parameters, const Account& owner) {
    const std::uint32_t all = DataTotals::get(state).pending;
    const std::uint32_t own = PendingOffers::find(state, owner).value_or(0);
    if (all < k_max_pending_shards && own < parameters.max_pending_shards_per_account) return {};
    return Error{ErrorCode::unavailable, std::to_string(own) + " shards of " + owner.address() + " and " +
                                             std::to_string(all) +
                                             " in all are not judged yet; offer more when some of them are"};
}

}  // namespace

Status apply(const OfferData& payload, TransactionContext& context) {
    if (OfferNumbers::contains(context.state, {context.sender, payload.commitment})) {
        return Error{ErrorCode::duplicate,
                     "the offer " + payload.commitment.hex() + " is open already; show it"};
    }
    DURE_CHECK(require_room(context.state, context.parameters, context.sender));
    const Coin deposit = context.parameters.shard_deposit;
    DURE_CHECK(debit(context.state, context.payer, deposit));
    TreasuryRecord treasury = Treasury::get(context.state);
    treasury.shard_deposits += deposit;
    Treasury::put(context.state, treasury);
    count_pending(context.state, context.sender, true);

    DataRecord totals = DataTotals::get(context.state);
    const std::uint64_t number = totals.offers++;
    DataTotals::put(context.state, totals);
    const OfferRecord offer{.owner = context.sender,
                            .depositor = context.payer,
                            .deposit = deposit,
                            .commitment = payload.commitment,
                            .offered = context.height,
                            .expires = context.height + context.parameters.show_blocks};
    Offers::put(context.state, number, offer);
    OfferNumbers::put(context.state, {context.sender, payload.commitment}, number);
    context.events.push_back(DataOffered{.offer = number,
                                         .owner = context.sender,
                                         .commitment = payload.commitment,
                                         .expires = offer.expires});
    return {};
}

}  // namespace dure::ledger
