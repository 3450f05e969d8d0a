#include "ledger/transactions/show_data.h"

#include "ledger/data/duplicates.h"
#include "ledger/data/offers.h"
#include "ledger/data/verdicts.h"
#include "ledger/transactions/text.h"

namespace dure::ledger {

namespace {

Status check_tags(const Tags& tags) {
    for (std::size_t i = 0; i < tags.size(); ++i) {
        if (tags[i].empty()) return Error{ErrorCode::malformed, "a tag is empty; leave it out"};
        DURE_CHECK(require_plain_text("tag", tags[i]));
        if (i > 0 && !(tags[i - 1] < tags[i]))
            return Error{ErrorCode::malformed, "tags must ascend, each once; see '" + tags[i] + "'"};
    }
    return {};
}

}  // namespace

Status check(const ShowData& payload) {
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
    DURE_CHECK(require_plain_text("language", payload.language));
    return check_tags(payload.tags);
}

namespace {

struct OpenOffer {
    std::uint64_t number = 0;
    OfferRecord record;
};

/// Errors: `not_found`; `conflict` if it is too early. Offers that are too late are not there.
Result<OpenOffer> require_offer(const ShowData& payload, const TransactionContext& context) {
    const Hash commitment = offer_commitment(context.sender, payload.salt, payload.shard);
    const auto number = OfferNumbers::find(context.state, {context.sender, commitment});
    if (!number) {
        return Error{ErrorCode::not_found, "no open offer of " + context.sender.address() +
                                               " commits to this shard and salt; offer it first, and show it "
                                               "before the offer expires"};
    }
    OpenOffer offer{*number, Offers::get(context.state, *number)};
    const protocol::Height earliest = offer.record.offered + context.parameters.show_delay_blocks;
    if (context.height < earliest) {
        return Error{ErrorCode::conflict,
                     "the offer may be shown from height " + to_text(earliest) + " on, when it is final"};
    }
    return offer;
}

/// Whether the shard is there already in a way that no other offer can change: somebody was first.
bool is_taken(const std::optional<ShardRecord>& known, std::uint64_t offer) {
    if (!known) return false;
    switch (known->status) {
        case ShardStatus::accepted:
        case ShardStatus::withdrawn:
            return true;
        case ShardStatus::judging:
            return known->offer < offer;
        case ShardStatus::rejected:
        case ShardStatus::duplicate:
        case ShardStatus::lapsed:
            return false;
    }
    return true;
}

ShardRecord make_record(const ShowData& payload, const TransactionContext& context, const OpenOffer& offer,
                        std::uint64_t show) {
    ShardRecord record;
    record.owner = context.sender;
    record.offer = offer.number;
    record.show = show;
    record.offered = offer.record.offered;
    record.shown = context.height;
    record.deposit = offer.record.deposit;
    record.bytes = payload.bytes;
    record.license = payload.license;
    record.language = payload.language;
    record.tags = payload.tags;
    record.kind = payload.kind;
    record.since = context.height;
    return record;
}

}  // namespace

Status apply(const ShowData& payload, TransactionContext& context) {
    if (payload.bytes > context.parameters.max_shard_bytes) {
        return Error{ErrorCode::out_of_range,
                     "a shard of " + std::to_string(payload.bytes) + " bytes; this chain takes up to " +
                         std::to_string(context.parameters.max_shard_bytes) + ", split the text"};
    }
    DURE_TRY(const OpenOffer offer, require_offer(payload, context));
    Offers::erase(context.state, offer.number);
    OfferNumbers::erase(context.state, {context.sender, offer.record.commitment});
    const auto known = Shards::find(context.state, payload.shard);
    if (ChainInfo::get(context.state).is_held_out(payload.shard) || is_taken(known, offer.number)) {
        count_pending(context.state, context.sender, false);
        return_deposit(context.state, offer.record.depositor, offer.record.deposit);
        context.events.push_back(
            DataJudged{.shard = payload.shard, .status = ShardStatus::duplicate, .answer = {}});
        return {};
    }
    if (known && known->status == ShardStatus::judging) displace(context.state, payload.shard, *known);

    DataRecord totals = DataTotals::get(context.state);
    const std::uint64_t show = totals.shows++;
    DataTotals::put(context.state, totals);
    Shards::put(context.state, payload.shard, make_record(payload, context, offer, show));
    Shown::put(context.state, show, payload.shard);
    Sketches::put(context.state, payload.shard, payload.sketch);
    index_sketch(context.state, payload.shard, offer.number, payload.sketch);
    JudgingRecord judging;
    judging.shard = payload.shard;
    judging.since = context.height;
    judging.depositor = offer.record.depositor;
    judging.deposit = offer.record.deposit;
    Judgings::put(context.state, offer.number, judging);
    context.events.push_back(DataShown{
        .offer = offer.number, .shard = payload.shard, .owner = context.sender, .bytes = payload.bytes});
    return {};
}

}  // namespace dure::ledger
