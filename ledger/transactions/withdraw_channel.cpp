#include "ledger/transactions/withdraw_channel.h"

#include "ledger/ownership/balances.h"
#include "ledger/transactions/escrow.h"

namespace dure::ledger {

Status check(const WithdrawChannel&) {
    return {};
}

Status apply(const WithdrawChannel& payload, TransactionContext& context) {
    DURE_TRY(const ChannelRecord channel, require_channel(context.state, payload.channel));
    const std::string name = "channel " + payload.channel.hex();
    if (channel.payer != context.sender)
        return Error{ErrorCode::unauthorized, name + " belongs to " + channel.payer.address()};
    if (!channel.withdrawable) return Error{ErrorCode::conflict, name + " is open; close it first"};
    if (context.height < *channel.withdrawable) {
        return Error{ErrorCode::unavailable, name + " can be withdrawn from height " +
                                                 to_text(*channel.withdrawable) + " on; this is height " +
                                                 to_text(context.height)};
    }
    const Coin rest = channel.deposit - channel.settled;
    Channels::erase(context.state, payload.channel);
    count_withdrawn(context.state, rest);
    credit(context.state, channel.payer, rest);
    context.events.push_back(
        ChannelWithdrawn{.channel = payload.channel, .payer = channel.payer, .amount = rest});
    return {};
}

}  // namespace dure::ledger
