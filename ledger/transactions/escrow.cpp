#include "ledger/transactions/escrow.h"

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
