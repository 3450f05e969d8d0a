#include "ledger/transactions/offer_data.h"

#include "ledger/ownership/balances.h"
#include "ledger/transactions/text.h"

namespace dure::ledger {

Status check(const OfferData& payload) {
    if (payload.bytes == 0 || payload.bytes > k_max_blob_bytes) {
        return Error{ErrorCode::out_of_range, "a shard of " + std::to_string(payload.bytes) +
                                                  " bytes; 1 to " + std::to_string(k_max_blob_bytes) +
                                                  " are possible"};
    }
    if (payload.license.empty())
        return Error{ErrorCode::malformed,
                     "a shard needs a license; name it by its SPDX identifier, e.g. CC-BY-4.0"};
    if (payload.language.empty())
        return Error{ErrorCode::malformed, "a shard needs a language; name it by its BCP 47 tag, e.g. ko"};
    DURE_CHECK(require_plain_text("license", payload.license));
    return require_plain_text("language", payload.language);
}

namespace {

/// Errors: `duplicate`. An offer that lapsed may be made again, by anybody.
Status require_new(const StateReader& state, const Hash& hash) {
    const auto known = Shards::find(state, hash);
    if (!known || known->status == ShardStatus::lapsed) return {};
    return Error{ErrorCode::duplicate, "shard " + hash.hex() + " was offered by " + known->owner.address() +
                                           " at height " + to_text(known->offered) +
                                           " already; the first offer counts"};
}

/// Counts one more pending shard, of all and of this owner.
Status count_pending(Overlay& state, const Parameters& parameters, const Account& owner) {
    DataRecord totals = DataTotals::get(state);
    const std::uint32_t own = PendingOffers::find(state, owner).value_or(0);
    if (totals.pending >= k_max_pending_shards || own >= parameters.max_pending_shards_per_account) {
        return Error{ErrorCode::unavailable,
                     std::to_string(own) + " shards of " + owner.address() + " and " +
                         std::to_string(totals.pending) +
                         " in all are waiting to be scored; offer more when some of them are"};
    }
    ++totals.pending;
    DataTotals::put(state, totals);
    PendingOffers::put(state, owner, own + 1);
    return {};
}

}  // namespace

Status apply(const OfferData& payload, TransactionContext& context) {
    if (payload.bytes > context.parameters.max_shard_bytes) {
        return Error{ErrorCode::out_of_range,
                     "a shard of " + std::to_string(payload.bytes) + " bytes; this chain takes up to " +
                         std::to_string(context.parameters.max_shard_bytes) + ", split the text"};
    }
    DURE_CHECK(require_new(context.state, payload.shard));
    DURE_CHECK(count_pending(context.state, context.parameters, context.sender));
    const Coin deposit = context.parameters.shard_deposit;
    DURE_CHECK(debit(context.state, context.payer, deposit));
    TreasuryRecord treasury = Treasury::get(context.state);
    treasury.shard_deposits += deposit;
    Treasury::put(context.state, treasury);

    ShardRecord shard;
    shard.owner = context.sender;
    shard.depositor = context.payer;
    shard.deposit = deposit;
    shard.bytes = payload.bytes;
    shard.license = payload.license;
    shard.language = payload.language;
    shard.offered = context.height;
    shard.since = context.height;
    Shards::put(context.state, payload.shard, shard);
    PendingShards::put(context.state, payload.shard, {});
    context.events.push_back(
        DataOffered{.shard = payload.shard, .owner = context.sender, .bytes = payload.bytes});
    return {};
}

}  // namespace dure::ledger
