#include "ledger/serving/server_bonds.h"

#include <algorithm>
#include <string>

#include "ledger/ownership/balances.h"
#include "ledger/ownership/owner_pool.h"

namespace dure::ledger {

namespace {

using protocol::Height;

void count_held(Overlay& state, Coin added, Coin taken) {
    TreasuryRecord treasury = Treasury::get(state);
    treasury.server_bonds += added;
    treasury.server_bonds -= taken;
    Treasury::put(state, treasury);
}

void put_or_erase(Overlay& state, const Account& server, const ServerBondRecord& record) {
    if (record == ServerBondRecord{}) {
        ServerBonds::erase(state, server);
    } else {
        ServerBonds::put(state, server, record);
    }
}

Coin part_of(Coin whole, std::uint32_t basis_points) {
    return Coin{mul_div(whole.value, basis_points, k_basis_points)};
}

/// Of what is bonded first, then of what leaves last.
void take(ServerBondRecord& record, Coin amount) {
    const Coin of_bond = std::min(record.bonded, amount);
    record.bonded -= of_bond;
    amount -= of_bond;
    while (!amount.is_zero()) {
        DURE_ASSERT(!record.leaving.empty());
        LeavingCoins& last = record.leaving.back();
        const Coin part = std::min(last.amount, amount);
        last.amount -= part;
        amount -= part;
        if (last.amount.is_zero()) record.leaving.pop_back();
    }
}

}  // namespace

ServerBondRecord server_bond(const StateReader& state, const Account& server) {
    return ServerBonds::find(state, server).value_or(ServerBondRecord{});
}

Status bond_server_coins(Overlay& state, const Account& server, Coin amount) {
    DURE_CHECK(debit(state, server, amount));
    ServerBondRecord record = server_bond(state, server);
    record.bonded += amount;
    ServerBonds::put(state, server, record);
    count_held(state, amount, {});
    return {};
}

Result<Height> unbond_server_coins(Overlay& state, const Parameters& parameters, const Account& server,
                                   Coin amount, Height height) {
    ServerBondRecord record = server_bond(state, server);
    const auto rest = checked_sub(record.bonded, amount);
    if (!rest) {
        return Error{ErrorCode::insufficient, server.address() + " has bonded " + to_text(record.bonded) +
                                                  " DURE as a server, " + to_text(amount) + " are asked"};
    }
    const auto peer = Peers::find(state, server);
    if (peer && peer->is(k_role_server) && *rest < parameters.server_bond) {
        return Error{ErrorCode::unavailable, server.address() + " is a server, behind which " +
                                                 to_text(parameters.server_bond) +
                                                 " DURE must stand; register it without that role first"};
    }
    if (record.leaving.size() == k_max_unbondings) {
        return Error{ErrorCode::unavailable,
                     std::to_string(k_max_unbondings) +
                         " parts of the bond are leaving already; withdraw what is due first"};
    }
    const Height release = height + parameters.server_unbonding_blocks();
    record.bonded = *rest;
    record.leaving.push_back({amount, release});
    ServerBonds::put(state, server, record);
    return release;
}

Result<Coin> withdraw_server_coins(Overlay& state, const Account& server, Height height) {
    ServerBondRecord record = server_bond(state, server);
    if (record.cases > 0) {
        return Error{ErrorCode::unavailable, std::to_string(record.cases) + " receipts of " +
                                                 server.address() +
                                                 " are being judged; wait until they are decided"};
    }
    Coin due;
    std::erase_if(record.leaving, [&](const LeavingCoins& one) {
        if (one.release > height) return false;
        due += one.amount;
        return true;
    });
    if (due.is_zero())
        return Error{ErrorCode::not_found,
                     "nothing of " + server.address() + "'s bond has left by height " + to_text(height)};
    put_or_erase(state, server, record);
    count_held(state, {}, due);
    credit(state, server, due);
    return due;
}

void count_case(Overlay& state, const Account& server, bool opens) {
    ServerBondRecord record = server_bond(state, server);
    DURE_ASSERT(opens || record.cases > 0);
    record.cases = opens ? record.cases + 1 : record.cases - 1;
    put_or_erase(state, server, record);
}

CasePenalty slash_server(Overlay& state, const Parameters& parameters, const InferenceStatement& statement,
                         const Account& reporter) {
    ServerBondRecord record = server_bond(state, statement.server);
    const Coin all = record.all();
    const Coin penalty = part_of(all, parameters.receipt_slash_bp);
    CasePenalty result;
    result.refunded = std::min(statement.cost, all - penalty);
    result.taken = penalty + result.refunded;
    if (reporter != statement.server) result.rewarded = part_of(penalty, parameters.prover_reward_bp);
    take(record, result.taken);
    put_or_erase(state, statement.server, record);
    count_held(state, {}, result.taken);
    credit(state, statement.payer, result.refunded);
    credit(state, beneficiary_of(state, reporter), result.rewarded);
    PoolRecord pool = Pool::get(state);
    accrue(pool, penalty - result.rewarded);
    Pool::put(state, pool);
    return result;
}

}  // namespace dure::ledger
