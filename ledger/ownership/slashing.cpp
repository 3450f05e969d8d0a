#include "ledger/ownership/slashing.h"

#include <algorithm>
#include <vector>

#include "ledger/ownership/balances.h"
#include "ledger/ownership/mint_rows.h"
#include "ledger/ownership/owner_pool.h"
#include "ledger/ownership/shares.h"

namespace dure::ledger {

namespace {

using protocol::Height;
using protocol::Round;

Shares part_of(Shares whole, std::uint32_t basis_points) {
    return Shares{mul_div(whole.value, basis_points, k_basis_points)};
}

/// Shares on their way out of their owners' accounts, with the fees that they had earned and nobody claimed.
struct Confiscated {
    Shares shares;
    Uint128 fees = 0;

    /// To be called before `amount` leaves the account, which must be settled.
    void take(AccountRecord& account, Shares amount) {
        if (amount.is_zero()) return;
        fees += forfeit(account, amount);
        shares += amount;
    }
};

/// Those that are not rewarded burn; the fees go back to the owners who are left.
void dispose(Overlay& state, const Confiscated& confiscated, Shares rewarded,
             const std::optional<Account>& prover, Height height) {
    const Shares burned = confiscated.shares - rewarded;
    if (!rewarded.is_zero()) {
        const Account to = beneficiary_of(state, *prover);
        AccountRecord record = open_owner(state, to, height);
        record.free += rewarded;
        Accounts::put(state, to, record);
        change_flows(state, to, [&](ShareFlowRecord& flows) { flows.rewarded += rewarded; });
    }
    PoolRecord pool = Pool::get(state);
    pool.burned += burned;
    pool.total_shares -= burned;
    accrue_fine(pool, confiscated.fees);
    Pool::put(state, pool);
}

struct Stake {
    Shares bonded;
    Shares unbonding;
};

Stake take_stake(Overlay& state, const Account& offender, std::uint32_t basis_points, Height height,
                 Confiscated& confiscated) {
    AccountRecord record = open_owner(state, offender, height);
    Stake stake{.bonded = part_of(record.bonded, basis_points), .unbonding = {}};
    for (const Unbonding& entry : record.unbonding)
        stake.unbonding += part_of(entry.amount, basis_points);
    confiscated.take(record, stake.bonded + stake.unbonding);
    record.bonded -= stake.bonded;
    for (Unbonding& entry : record.unbonding)
        entry.amount -= part_of(entry.amount, basis_points);
    std::erase_if(record.unbonding, [](const Unbonding& entry) { return entry.amount.is_zero(); });
    if (stake.bonded.is_zero() && stake.unbonding.is_zero()) return stake;
    Accounts::put(state, offender, record);
    change_flows(state, offender,
                 [&](ShareFlowRecord& flows) { flows.slashed += stake.bonded + stake.unbonding; });

    PoolRecord pool = Pool::get(state);
    pool.bonded_shares -= stake.bonded;
    Pool::put(state, pool);
    if (auto validator = Validators::find(state, offender)) {
        validator->slashed += stake.bonded + stake.unbonding;
        Validators::put(state, offender, *validator);
    }
    return stake;
}

/// A minted row that has not vested whole.
struct VestingRow {
    UnitKey where;
    MintRow row;
    Shares left;  ///< of its amount: not revoked
};

/// What an account has contributed that has not vested, the newest first.
template <class Wanted>
std::vector<VestingRow> vesting_rows(const StateReader& state, const Parameters& parameters,
                                     const Account& contributor, Wanted&& wanted) {
    std::vector<VestingRow> rows;
    const std::uint64_t finished = Head::get(state).finished.value;
    const Round vested{finished - std::min<std::uint64_t>(finished, parameters.vesting_rounds)};
    scan_mint_rows(state, contributor, vested, [&](const UnitKey& where, const MintRow& row) {
        if (row.contributor != contributor || !wanted(row)) return;
        const Shares revoked = ClawBacks::find(state, where).value_or(ClawBackRecord{}).revoked;
        if (row.amount > revoked) rows.push_back({.where = where, .row = row, .left = row.amount - revoked});
    });
    std::reverse(rows.begin(), rows.end());
    return rows;
}

/// A part of the row vests no more, as large as it can be without taking more than `at_most` from what has
/// not vested yet. What has vested of that part stays. Returns what was taken.
Shares revoke(Overlay& state, const Parameters& parameters, const VestingRow& vesting, Shares at_most,
              Height height, Confiscated& confiscated, Events& events) {
    const MintRow& row = vesting.row;
    AccountRecord holder = open_owner(state, row.beneficiary, height);
    const auto grant =
        std::find_if(holder.vesting.begin(), holder.vesting.end(),
                     [&](const VestingGrant& one) { return one.round == vesting.where.round; });
    DURE_ASSERT(grant != holder.vesting.end() && grant->amount >= vesting.left);
    const std::uint64_t elapsed = Head::get(state).finished.value - vesting.where.round.value;
    const std::uint64_t total = parameters.vesting_rounds;
    DURE_ASSERT(elapsed < total);
    const Shares cap = std::min(at_most, vesting.left);
    const Shares revoked = std::min(vesting.left, Shares{mul_div(cap.value, total, total - elapsed)});

    const Shares amount = grant->amount - revoked;
    const Shares released{mul_div(amount.value, elapsed, total)};
    const Shares taken = grant->amount - grant->released - (amount - released);
    DURE_ASSERT(taken <= at_most);
    confiscated.take(holder, taken);
    grant->amount = amount;
    grant->released = released;
    std::erase_if(holder.vesting, [](const VestingGrant& one) { return one.released == one.amount; });
    Accounts::put(state, row.beneficiary, holder);

    ClawBackRecord record = ClawBacks::find(state, vesting.where).value_or(ClawBackRecord{});
    record.revoked += revoked;
    record.burned += taken;
    ClawBacks::put(state, vesting.where, record);
    events.push_back(SharesClawedBack{.round = vesting.where.round,
                                      .line = vesting.where.unit,
                                      .contributor = row.contributor,
                                      .holder = row.beneficiary,
                                      .amount = taken});
    return taken;
}

Shares revoke_all(Overlay& state, const Parameters& parameters, const std::vector<VestingRow>& rows,
                  Shares at_most, Height height, Confiscated& confiscated, Events& events) {
    Shares taken;
    for (const VestingRow& one : rows) {
        if (taken == at_most) break;
        taken += revoke(state, parameters, one, at_most - taken, height, confiscated, events);
    }
    return taken;
}

bool is_compute(const MintRow& row) {
    return row.kind == MintKind::compute;
}

constexpr Shares k_all{k_max_supply};

/// Takes the deposit away: the prover's part, and the owners'.
Coin take_deposit(Overlay& state, const Parameters& parameters, const Account& offender,
                  const std::optional<Account>& prover, Coin& reward) {
    const auto record = Deposits::find(state, offender);
    if (!record) return {};
    Deposits::erase(state, offender);
    TreasuryRecord treasury = Treasury::get(state);
    treasury.newcomer_deposits -= record->amount;
    Treasury::put(state, treasury);
    if (prover) {
        reward = Coin{mul_div(record->amount.value, parameters.prover_reward_bp, k_basis_points)};
        credit(state, beneficiary_of(state, *prover), reward);
    }
    PoolRecord pool = Pool::get(state);
    accrue(pool, record->amount - reward);
    Pool::put(state, pool);
    return record->amount;
}

std::uint32_t stake_part(const Parameters& parameters, SlashCause cause) {
    switch (cause) {
        case SlashCause::dispute:
            return parameters.slash_stake_bp;
        case SlashCause::evidence:
            return parameters.evidence_slash_bp;
        case SlashCause::scoring:
            return parameters.scorer_slash_bp;
    }
    return 0;
}

}  // namespace

SlashResult slash(Overlay& state, const Parameters& parameters, const Account& offender,
                  const std::optional<Account>& prover, SlashCause cause, Height height, Events& events) {
    const std::optional<Account> rewarded_one = prover == offender ? std::nullopt : prover;
    SlashResult result;
    Confiscated confiscated;
    const Stake stake = take_stake(state, offender, stake_part(parameters, cause), height, confiscated);
    result.bonded = stake.bonded;
    result.unbonding = stake.unbonding;
    if (cause == SlashCause::dispute) {
        result.unvested = revoke_all(state, parameters, vesting_rows(state, parameters, offender, is_compute),
                                     k_all, height, confiscated, events);
    }
    if (rewarded_one) result.rewarded = part_of(confiscated.shares, parameters.prover_reward_bp);
    result.burned = confiscated.shares - result.rewarded;
    dispose(state, confiscated, result.rewarded, rewarded_one, height);
    // Only now: what the owners get is split among the shares that are left.
    Coin deposit_reward;
    if (cause == SlashCause::dispute)
        result.deposit = take_deposit(state, parameters, offender, rewarded_one, deposit_reward);
    events.push_back(Slashed{.offender = offender,
                             .cause = cause,
                             .prover = prover,
                             .bonded = result.bonded,
                             .unbonding = result.unbonding,
                             .unvested = result.unvested,
                             .burned = result.burned,
                             .rewarded = result.rewarded,
                             .deposit = result.deposit,
                             .deposit_reward = deposit_reward});
    return result;
}

Shares claw_back_compute(Overlay& state, const Parameters& parameters, const Account& contributor,
                         Shares at_most, Height height, Events& events) {
    Confiscated confiscated;
    const Shares taken =
        revoke_all(state, parameters, vesting_rows(state, parameters, contributor, is_compute), at_most,
                   height, confiscated, events);
    dispose(state, confiscated, {}, std::nullopt, height);
    return taken;
}

Shares claw_back_shard(Overlay& state, const Parameters& parameters, const Hash& shard, Height height,
                       Events& events) {
    const auto record = Shards::find(state, shard);
    if (!record) return {};
    Confiscated confiscated;
    const auto is_of_shard = [&](const MintRow& row) { return row.shard == shard; };
    const Shares taken =
        revoke_all(state, parameters, vesting_rows(state, parameters, record->owner, is_of_shard), k_all,
                   height, confiscated, events);
    dispose(state, confiscated, {}, std::nullopt, height);
    return taken;
}

Shares locked_stake(const StateReader& state, const Parameters& parameters, const Account& account) {
    Overlay trial = Overlay::on(state);
    Events unseen;
    const SlashResult result =
        slash(trial, parameters, account, std::nullopt, SlashCause::dispute, Head::get(state).height, unseen);
    return result.bonded + result.unbonding + result.unvested;
}

Coin deposit_of(const StateReader& state, const Account& account) {
    const auto record = Deposits::find(state, account);
    return record && !record->release ? record->amount : Coin{};
}

}  // namespace dure::ledger
