#include "ledger/transactions/settlement.h"

#include "ledger/ownership/balances.h"
#include "ledger/ownership/owner_pool.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

namespace {

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

SettlementRecord settlement_of(const TransactionContext& context, const Account& payer, const Account& server,
                               Coin amount) {
    SettlementRecord settlement;
    settlement.height = context.height;
    settlement.transaction = context.transaction;
    settlement.payer = payer;
    settlement.server = server;
    settlement.server_beneficiary = beneficiary_of(context.state, server);
    settlement.proposer_beneficiary = beneficiary_of(context.state, context.proposer);
    settlement.amount = amount;
    return settlement;
}

void settle(SettlementRecord& settlement, TransactionContext& context) {
    split(settlement, context.parameters);
    credit(context.state, settlement.server_beneficiary, settlement.server_part);
    credit(context.state, settlement.proposer_beneficiary, settlement.validators_part);
    pay_owners(context.state, settlement);
    remember(context.state, settlement);
}

}  // namespace dure::ledger
