#include "ledger/transactions/close_channel.h"

#include "ledger/transactions/escrow.h"

namespace dure::ledger {

Status check(const CloseChannel&) {
    return {};
}

Status apply(const CloseChannel& payload, TransactionContext& context) {
    DURE_TRY(ChannelRecord channel, require_channel(context.state, payload.channel));
    const bool is_server = context.sender == channel.server;
    if (!is_server && context.sender != channel.payer) {
        return Error{ErrorCode::unauthorized, "channel " + payload.channel.hex() +
                                                  " is closed by its payer " + channel.payer.address() +
                                                  " or its server " + channel.server.address()};
    }
    const protocol::Height withdrawable =
        is_server ? context.height : context.height + context.parameters.channel_close_delay_blocks;
    if (channel.withdrawable && *channel.withdrawable <= withdrawable) {
        return Error{ErrorCode::duplicate, "channel " + payload.channel.hex() +
                                               " is closed already; it can be withdrawn from height " +
                                               to_text(*channel.withdrawable) + " on"};
    }
    channel.withdrawable = withdrawable;
    Channels::put(context.state, payload.channel, channel);
    context.events.push_back(ChannelClosing{.channel = payload.channel, .withdrawable = withdrawable});
    return {};
}

}  // namespace dure::ledger
