#include "ledger/transactions/withdraw_data.h"

#include "ledger/data/withdrawal.h"
#include "ledger/ownership/balances.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

Status check(const WithdrawData&) {
    return {};
}

namespace {

Status vote(const WithdrawData& payload, TransactionContext& context) {
    if (load_account(context.state, context.sender).bonded.is_zero()) {
        return Error{ErrorCode::unauthorized, context.sender.address() + " neither owns shard " +
                                                  payload.shard.hex() +
                                                  " nor has bonded shares to vote with"};
    }
    const ShardAccountKey key{payload.shard, context.sender};
    if (WithdrawVotes::contains(context.state, key)) {
        return Error{ErrorCode::duplicate,
                     context.sender.address() + " has voted against shard " + payload.shard.hex()};
    }
    std::size_t voters = 0;
    WithdrawVotes::scan_part(context.state, payload.shard, [&](const ShardAccountKey&, const Nothing&) {
        return ++voters < k_max_withdraw_voters;
    });
    if (voters == k_max_withdraw_voters) {
        return Error{ErrorCode::unavailable, std::to_string(voters) + " accounts have voted against shard " +
                                                 payload.shard.hex() + ", which is as many as can"};
    }
    WithdrawVotes::put(context.state, key, {});
    const Uint128 against = votes_against(context.state, payload.shard).value;
    const Uint128 all = Pool::get(context.state).bonded_shares.value;
    if (against * k_basis_points > all * context.parameters.withdraw_vote_bp) {
        withdraw_shard(context.state, context.parameters, payload.shard, true, context.height,
                       context.events);
    }
    return {};
}

}  // namespace

Status apply(const WithdrawData& payload, TransactionContext& context) {
    const auto shard = Shards::find(context.state, payload.shard);
    if (!shard) return Error{ErrorCode::not_found, "shard " + payload.shard.hex() + " was never shown"};
    if (shard->status != ShardStatus::accepted) {
        return Error{ErrorCode::conflict, "shard " + payload.shard.hex() + " is " + name_of(shard->status) +
                                              "; only an accepted one can be withdrawn"};
    }
    if (shard->owner != context.sender) return vote(payload, context);
    withdraw_shard(context.state, context.parameters, payload.shard, false, context.height, context.events);
    return {};
}

}  // namespace dure::ledger
