#include "ledger/transactions/top_up_channel.h"

#include "ledger/ownership/balances.h"
#include "ledger/transactions/escrow.h"

namespace dure::ledger {

Status check(const TopUpChannel& payload) {
    if (payload.amount.is_zero())
        return Error{ErrorCode::out_of_range, "a top-up of nothing; give an amount"};
    return {};
}

Status apply(const TopUpChannel& payload, TransactionContext& context) {
    DURE_TRY(ChannelRecord channel, require_channel(context.state, payload.channel));
    if (channel.payer != context.sender) {
        return Error{ErrorCode::unauthorized,
                     "channel " + payload.channel.hex() + " belongs to " + channel.payer.address()};
    }
    DURE_CHECK(debit(context.state, context.sender, payload.amount));
    count_deposit(context.state, payload.amount);
    channel.deposit += payload.amount;
    Channels::put(context.state, payload.channel, channel);
    context.events.push_back(
        ChannelToppedUp{.channel = payload.channel, .amount = payload.amount, .deposit = channel.deposit});
    return {};
}

}  // namespace dure::ledger
