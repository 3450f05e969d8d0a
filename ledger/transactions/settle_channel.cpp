#include "ledger/transactions/settle_channel.h"

#include "ledger/ownership/balances.h"
#include "ledger/ownership/owner_pool.h"
#include "ledger/transactions/escrow.h"

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

Coin part_of(Coin whole, std::uint32_t basis_points) {
    return Coin{mul_div(whole.value, basis_points, k_basis_points)};
}

/// Owners get what the rounding of the other two parts leaves.
void split(SettlementRecord& settlement, const Parameters& parameters) {
    settlement.server_part = part_of(settlement.amount, parameters.settlement_server_bp);
    settlement.validators_part = part_of(settlement.amount, parameters.settlement_validators_bp);
    settlement.owners_part = settlement.amount - settlement.server_part - settlement.validators_part;
}

/// The owners' part goes into the pool; the settlement says what it found there and what it left.
void pay_owners(Overlay& state, SettlementRecord& settlement) {
    PoolRecord pool = Pool::get(state);
    settlement.number = pool.settlements++;
    settlement.total_shares = pool.total_shares;
    settlement.accumulator_before = pool.accumulator;
    settlement.carry_before = pool.carry;
    accrue(pool, settlement.owners_part);
    settlement.accumulator_after = pool.accumulator;
    settlement.carry_after = pool.carry;
    Pool::put(state, pool);
}

void remember(Overlay& state, const SettlementRecord& settlement) {
    Settlements::put(state, settlement.number, settlement);
    if (settlement.number >= k_kept_settlements)
        Settlements::erase(state, settlement.number - k_kept_settlements);
}

}  // namespace

Status apply(const SettleChannel& payload, TransactionContext& context) {
    DURE_TRY(ChannelRecord channel, require_channel(context.state, payload.channel));
    DURE_CHECK(require_covered(payload, channel, context));

    SettlementRecord settlement;
    settlement.height = context.height;
    settlement.transaction = context.transaction;
    settlement.channel = payload.channel;
    settlement.payer = channel.payer;
    settlement.server = channel.server;
    settlement.server_beneficiary = beneficiary_of(context.state, channel.server);
    settlement.proposer_beneficiary = beneficiary_of(context.state, context.proposer);
    settlement.amount = payload.amount - channel.settled;
    split(settlement, context.parameters);

    channel.settled = payload.amount;
    Channels::put(context.state, payload.channel, channel);
    count_settled(context.state, settlement.amount);
    credit(context.state, settlement.server_beneficiary, settlement.server_part);
    credit(context.state, settlement.proposer_beneficiary, settlement.validators_part);
    pay_owners(context.state, settlement);
    remember(context.state, settlement);
    context.events.push_back(ChannelSettled{.settlement = settlement});
    return {};
}

}  // namespace dure::ledger
