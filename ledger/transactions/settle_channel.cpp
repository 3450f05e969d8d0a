#include "ledger/transactions/settle_channel.h"

#include "ledger/transactions/escrow.h"
#include "ledger/transactions/settlement.h"

namespace dure::ledger {

Status check(const SettleChannel& payload) {
    if (payload.amount.is_zero() || payload.amount > payload.cumulative) {
        return Error{ErrorCode::out_of_range,
                     "a settlement of " + to_text(payload.amount) + " DURE under a voucher over " +
                         to_text(payload.cumulative) +
                         "; settle more than nothing and at most what the voucher says"};
    }
    return {};
}

namespace {

/// Errors: who may not, what was settled before, what the deposit does not cover, what the payer did not
/// sign.
Status require_covered(const SettleChannel& payload, const ChannelRecord& channel,
                       const TransactionContext& context) {
    const std::string name = "channel " + payload.channel.hex();
    if (channel.server != context.sender)
        return Error{ErrorCode::unauthorized, name + " pays " + channel.server.address()};
    if (payload.amount <= channel.settled) {
        return Error{ErrorCode::conflict, "of " + name + " " + to_text(channel.settled) +
                                              " DURE are settled already; " + to_text(payload.amount) +
                                              " is not more"};
    }
    if (payload.cumulative > channel.deposit) {
        return Error{ErrorCode::insufficient, "the voucher over " + to_text(payload.cumulative) +
                                                  " DURE is more than the deposit of " + name + ", " +
                                                  to_text(channel.deposit)};
    }
    if (!verify(channel.payer, voucher_digest(context.chain_id, payload.channel, payload.cumulative),
                payload.signature)) {
        return Error{ErrorCode::invalid_signature, "the voucher over " + to_text(payload.cumulative) +
                                                       " DURE is not signed by " + channel.payer.address()};
    }
    return {};
}

}  // namespace

Status apply(const SettleChannel& payload, TransactionContext& context) {
    DURE_TRY(ChannelRecord channel, require_channel(context.state, payload.channel));
    DURE_CHECK(require_covered(payload, channel, context));

    SettlementRecord settlement =
        settlement_of(context, channel.payer, channel.server, payload.amount - channel.settled);
    settlement.channel = payload.channel;

    channel.settled = payload.amount;
    Channels::put(context.state, payload.channel, channel);
    count_settled(context.state, settlement.amount);
    settle(settlement, context);
    context.events.push_back(ChannelSettled{.settlement = settlement});
    return {};
}

}  // namespace dure::ledger
