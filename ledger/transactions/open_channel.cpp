#include "ledger/transactions/open_channel.h"

#include "ledger/ownership/balances.h"
#include "ledger/transactions/escrow.h"

namespace dure::ledger {

Status check(const OpenChannel& payload) {
    if (payload.deposit.is_zero())
        return Error{ErrorCode::out_of_range, "a channel without a deposit; give an amount"};
    return {};
}

Status apply(const OpenChannel& payload, TransactionContext& context) {
    DURE_CHECK(require_server(context.state, context.parameters, payload.server));
    DURE_CHECK(debit(context.state, context.sender, payload.deposit));
    count_deposit(context.state, payload.deposit);
    const Hash id = channel_id(context.transaction);
    DURE_ASSERT(!Channels::contains(context.state, id));
    Channels::put(context.state, id,
                  {.payer = context.sender,
                   .server = payload.server,
                   .deposit = payload.deposit,
                   .settled = {},
                   .opened = context.height,
                   .withdrawable = std::nullopt});
    context.events.push_back(ChannelOpened{
        .channel = id, .payer = context.sender, .server = payload.server, .deposit = payload.deposit});
    return {};
}

}  // namespace dure::ledger
