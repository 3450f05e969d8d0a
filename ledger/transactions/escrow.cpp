#include "ledger/transactions/escrow.h"

#include "ledger/serving/server_bonds.h"

namespace dure::ledger {

namespace {

void add_to(Overlay& state, CoinFlow TreasuryRecord::*counter, Coin amount) {
    TreasuryRecord treasury = Treasury::get(state);
    treasury.*counter = CoinFlow::of((treasury.*counter).number() + amount.value);
    Treasury::put(state, treasury);
}

}  // namespace

Result<ChannelRecord> require_channel(const StateReader& state, const Hash& id) {
    auto channel = Channels::find(state, id);
    if (!channel)
        return Error{ErrorCode::not_found,
                     "there is no channel " + id.hex() + "; it may have been withdrawn"};
    return std::move(*channel);
}

Status require_server(const StateReader& state, const Parameters& parameters, const Account& server) {
    const auto peer = Peers::find(state, server);
    if (!peer || !peer->is(k_role_server))
        return Error{ErrorCode::not_found, server.address() + " is not registered as a server"};
    const Coin bonded = server_bond(state, server).bonded;
    if (bonded < parameters.server_bond) {
        return Error{ErrorCode::insufficient, "behind " + server.address() + " stand " + to_text(bonded) +
                                                  " DURE; a server needs " + to_text(parameters.server_bond) +
                                                  ", choose another one"};
    }
    return {};
}

void count_deposit(Overlay& state, Coin amount) {
    add_to(state, &TreasuryRecord::channel_deposits, amount);
}
void count_settled(Overlay& state, Coin amount) {
    add_to(state, &TreasuryRecord::channel_settled, amount);
}
void count_withdrawn(Overlay& state, Coin amount) {
    add_to(state, &TreasuryRecord::channel_withdrawn, amount);
}

}  // namespace dure::ledger
