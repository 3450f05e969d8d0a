#include "ledger/transactions/open_channel.h"

#include "ledger/ownership/balances.h"
#include "ledger/serving/server_bonds.h"
#include "ledger/transactions/escrow.h"

namespace dure::ledger {

Status check(const OpenChannel& payload) {
    if (payload.deposit.is_zero())
        return Error{ErrorCode::out_of_range, "a channel without a deposit; give an amount"};
    return {};
}

Status apply(const OpenChannel& payload, TransactionContext& context) {
    const auto server = Peers::find(context.state, payload.server);
    if (!server || !server->is(k_role_server)) {
        return Error{ErrorCode::not_found, payload.server.address() + " is not registered as a server"};
    }
    const Coin bonded = server_bond(context.state, payload.server).bonded;
    if (bonded < context.parameters.server_bond) {
        return Error{ErrorCode::insufficient, "behind " + payload.server.address() + " stand " +
                                                  to_text(bonded) + " DURE; a server needs " +
                                                  to_text(context.parameters.server_bond) +
                                                  ", choose another one"};
    }
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
