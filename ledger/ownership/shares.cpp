#include "ledger/ownership/shares.h"

#include <algorithm>

#include "ledger/ownership/balances.h"
#include "ledger/ownership/owner_pool.h"

namespace dure::ledger {

namespace {

Error too_few(const Account& account, const char* kind, Shares has, Shares wanted) {
    return {ErrorCode::insufficient, account.address() + " has " + to_text(has) + " " + kind + " shares, " +
                                         to_text(wanted) + " are needed"};
}

void release_vested(AccountRecord& account, protocol::Round finished, std::uint32_t vesting_rounds) {
    for (VestingGrant& grant : account.vesting) {
        DURE_ASSERT(finished >= grant.round);
        const std::uint64_t elapsed =
            std::min<std::uint64_t>(finished.value - grant.round.value, vesting_rounds);
        const Shares vested{mul_div(grant.amount.value, elapsed, vesting_rounds)};
        account.free += vested - grant.released;
        grant.released = vested;
    }
    std::erase_if(account.vesting, [](const VestingGrant& grant) { return grant.released == grant.amount; });
}

void release_unbonded(AccountRecord& account, protocol::Height height) {
    for (const Unbonding& entry : account.unbonding) {
        if (entry.release <= height) account.free += entry.amount;
    }
    std::erase_if(account.unbonding, [&](const Unbonding& entry) { return entry.release <= height; });
}

}  // namespace

void release_due(AccountRecord& account, protocol::Height height, protocol::Round finished,
                 std::uint32_t vesting_rounds) {
    release_vested(account, finished, vesting_rounds);
    release_unbonded(account, height);
}

AccountRecord open_owner(const StateReader& state, const Account& account, protocol::Height height) {
    AccountRecord record = load_account(state, account);
    settle(record, Pool::get(state));
    release_due(record, height, Head::get(state).finished, ParameterStore::get(state).vesting_rounds);
    return record;
}

Status bond_shares(Overlay& state, const Account& account, Shares amount, protocol::Height height) {
    AccountRecord record = open_owner(state, account, height);
    const auto rest = checked_sub(record.free, amount);
    if (!rest) return too_few(account, "free", record.free, amount);
    record.free = *rest;
    record.bonded += amount;
    Accounts::put(state, account, record);
    PoolRecord pool = Pool::get(state);
    pool.bonded_shares += amount;
    Pool::put(state, pool);
    return {};
}

Status unbond_shares(Overlay& state, const Account& account, Shares amount, protocol::Height height,
                     protocol::Height release) {
    AccountRecord record = open_owner(state, account, height);
    const auto rest = checked_sub(record.bonded, amount);
    if (!rest) return too_few(account, "bonded", record.bonded, amount);
    // In a chain with epochs what leaves the bond outlasts the epoch, and is slashable until then.
    if (const auto validator = Validators::find(state, account);
        validator && rest->value < validator->weight && ParameterStore::get(state).epoch_blocks == 0) {
        return Error{ErrorCode::unavailable,
                     account.address() + " votes with " + to_text(Shares{validator->weight}) +
                         " bonded shares in this chain's only epoch; what is bonded beyond them can be "
                         "unbonded"};
    }
    record.bonded = *rest;
    if (!record.unbonding.empty() && record.unbonding.back().release == release) {
        record.unbonding.back().amount += amount;
    } else if (record.unbonding.size() == k_max_unbondings) {
        return Error{ErrorCode::unavailable,
                     account.address() + " has " + std::to_string(k_max_unbondings) +
                         " unbondings under way already; wait until one of them is released"};
    } else {
        record.unbonding.push_back({.amount = amount, .release = release});
    }
    Accounts::put(state, account, record);
    PoolRecord pool = Pool::get(state);
    pool.bonded_shares -= amount;
    Pool::put(state, pool);
    return {};
}

Status transfer_free_shares(Overlay& state, const Account& from, const Account& to, Shares amount,
                            protocol::Height height) {
    AccountRecord giver = open_owner(state, from, height);
    const auto rest = checked_sub(giver.free, amount);
    if (!rest) return too_few(from, "free", giver.free, amount);
    giver.free = *rest;
    Accounts::put(state, from, giver);
    AccountRecord taker = open_owner(state, to, height);
    taker.free += amount;
    Accounts::put(state, to, taker);
    change_flows(state, from, [&](ShareFlowRecord& flows) {
        flows.given = ShareFlow::of(flows.given.number() + amount.value);
    });
    change_flows(state, to, [&](ShareFlowRecord& flows) {
        flows.received = ShareFlow::of(flows.received.number() + amount.value);
    });
    return {};
}

void mint_shares(Overlay& state, const Account& account, Shares amount, protocol::Round round,
                 protocol::Height height) {
    if (amount.is_zero()) return;
    AccountRecord record = open_owner(state, account, height);
    if (!record.vesting.empty() && record.vesting.back().round == round) {
        record.vesting.back().amount += amount;
    } else {
        DURE_ASSERT(record.vesting.size() < k_max_vesting_rounds);
        record.vesting.push_back({.round = round, .amount = amount, .released = {}});
    }
    Accounts::put(state, account, record);
    PoolRecord pool = Pool::get(state);
    pool.minted += amount;
    pool.total_shares += amount;
    Pool::put(state, pool);
}

}  // namespace dure::ledger
