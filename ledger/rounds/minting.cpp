#include "ledger/rounds/minting.h"

#include <algorithm>
#include <map>
#include <vector>

#include "ledger/data/windows.h"
#include "ledger/ownership/balances.h"
#include "ledger/ownership/mint_rows.h"
#include "ledger/ownership/owner_pool.h"
#include "ledger/ownership/shares.h"
#include "ledger/rounds/attesting.h"

namespace dure::ledger {

namespace {

struct Part {
    std::vector<MintRow> rows;
    std::uint64_t weight = 0;  ///< the whole part's; rows may carry less
};

/// Work units, audits, and what was credited since the last mint, by contributor.
Part compute_part(Overlay& state, const Parameters& parameters, const RoundRecord& round) {
    std::map<Account, MintRow> by_account;
    const ChainRecord chain = ChainInfo::get(state);
    std::map<Account, std::uint64_t> weights;
    Units::scan_part(state, round.number, [&](const UnitKey& key, const UnitRecord& unit) {
        if (unit.status == UnitStatus::accepted) {
            ++by_account[unit.trainer].units;
            weights[unit.trainer] += unit_weight(chain, unit);
        }
        if (Disputes::contains(state, key)) return true;  // its end credits them
        for (const AuditTask& task : unit.audits) {
            if (!unit.can_compare(task) || !unit.agrees(task)) continue;
            by_account[*task.auditor].audit_permille += audit_weight(chain, task);
        }
        return true;
    });
    Attestations::scan_part(state, round.number,
                            [&](const RoundAccountKey& key, const AttestationRecord& record) {
                                if (attests(record, *round.result)) ++by_account[key.account].attestations;
                                return true;
                            });
    Credits::scan(state, [&](const Account& account, const CreditRecord& credit) {
        MintRow& row = by_account[account];
        row.scorings = credit.scorings;
        row.verdicts = credit.verdicts;
        row.units += credit.units;
        row.audit_permille += credit.audit_permille;
        weights[account] += credit.units * k_unit_weight;
        return true;
    });
    Part part;
    for (auto& [account, row] : by_account) {
        Credits::erase(state, account);
        row.kind = MintKind::compute;
        row.contributor = account;
        row.weight = weights[account] + row.audit_permille +
                     std::uint64_t{row.attestations} * parameters.attestation_weight_permille +
                     std::uint64_t{row.scorings} * parameters.scoring_weight_permille +
                     std::uint64_t{row.verdicts} * parameters.verdict_weight_permille;
        part.weight += row.weight;
        part.rows.push_back(row);
    }
    return part;
}

/// The windows that accepted units trained on, by shard; of each shard at most `max_window_repeats` times
/// what it has are paid.
Part data_part(const Overlay& state, const Parameters& parameters, const RoundRecord& round) {
    std::map<std::uint64_t, std::uint64_t> windows_by_row;
    std::vector<std::uint32_t> accepted;
    Units::scan_part(state, round.number, [&](const UnitKey& key, const UnitRecord& unit) {
        if (unit.status == UnitStatus::accepted) accepted.push_back(key.unit);
        return true;
    });
    Part part;
    for (const std::uint32_t unit : accepted) {
        for (const DrawnWindow& window : unit_windows(state, {round.number, unit}))
            ++windows_by_row[window.row];
    }
    const std::uint32_t window_tokens = ChainInfo::get(state).window_tokens;
    for (const auto& [row_number, windows] : windows_by_row) {
        const SampledShard entry = SamplingTable::get(state, row_number);
        MintRow row;
        row.kind = MintKind::data;
        row.contributor = Shards::get(state, entry.shard).owner;
        row.shard = entry.shard;
        row.windows = windows;
        row.weight = std::min(windows, entry.tokens / window_tokens * parameters.max_window_repeats);
        part.weight += windows;
        part.rows.push_back(row);
    }
    return part;
}

/// Blocks proposed since the previous round ended; the counts start anew.
Part validators_part(Overlay& state) {
    Part part;
    ProposedBlocks::scan(state, [&](const Account& account, std::uint64_t blocks) {
        MintRow row;
        row.kind = MintKind::validator;
        row.contributor = account;
        row.blocks = blocks;
        row.weight = blocks;
        part.weight += row.weight;
        part.rows.push_back(row);
        return true;
    });
    forget_blocks(state);
    return part;
}

void mint_part(Overlay& state, Part part, Shares amount, const RoundRecord& round, protocol::Height height,
               MintSummary& summary, Events& events) {
    for (MintRow& row : part.rows) {
        DURE_ASSERT(row.weight <= part.weight);
        row.amount = Shares{row.weight == 0 ? 0 : mul_div(amount.value, row.weight, part.weight)};
        row.beneficiary = beneficiary_of(state, row.contributor);
        mint_shares(state, row.beneficiary, row.amount, round.number, height);
        summary.minted += row.amount;
        put_mint_row(state, {round.number, summary.rows++}, row);
        events.push_back(SharesMinted{.round = round.number, .row = row});
    }
}

}  // namespace

std::uint64_t unit_weight(const ChainRecord& chain, const UnitRecord& unit) {
    DURE_ASSERT(unit.commitment.has_value());
    return k_unit_weight * unit.commitment->tokens / chain.unit_tokens();
}

std::uint64_t audit_weight(const ChainRecord& chain, const AuditTask& task) {
    return k_unit_weight * task.count / chain.unit.segments();
}

Shares round_pool(const Parameters& parameters, protocol::Round round) {
    DURE_ASSERT(round.value > 0);
    const std::uint64_t halvings = (round.value - 1) / parameters.halving_rounds;
    return Shares{halvings < 64 ? parameters.round_pool.value >> halvings : 0};
}

MintSummary mint_round(Overlay& state, const Parameters& parameters, const RoundRecord& round,
                       protocol::Height height, Events& events) {
    const auto fraction = [](Shares whole, std::uint32_t basis_points) {
        return Shares{mul_div(whole.value, basis_points, k_basis_points)};
    };
    MintSummary summary;
    summary.pool = round_pool(parameters, round.number);
    summary.scaled = Shares{mul_div(summary.pool.value, std::min(round.accepted, parameters.target_units),
                                    parameters.target_units)};
    summary.compute_part = fraction(summary.scaled, parameters.mint_compute_bp);
    summary.data_part = fraction(summary.scaled, parameters.mint_data_bp);
    summary.validators_part = fraction(summary.scaled, parameters.mint_validators_bp);

    Part compute = compute_part(state, parameters, round);
    Part data = data_part(state, parameters, round);
    Part validators = validators_part(state);
    summary.compute_weight = compute.weight;
    summary.windows = data.weight;
    summary.blocks = validators.weight;
    mint_part(state, std::move(compute), summary.compute_part, round, height, summary, events);
    mint_part(state, std::move(data), summary.data_part, round, height, summary, events);
    mint_part(state, std::move(validators), summary.validators_part, round, height, summary, events);
    DURE_ASSERT(summary.minted <= summary.scaled);

    PoolRecord pool = Pool::get(state);
    accrue(pool, Coin{});  // fees that waited for a first owner
    Pool::put(state, pool);
    return summary;
}

void forget_blocks(Overlay& state) {
    std::vector<Account> proposers;
    ProposedBlocks::scan(state, [&](const Account& account, std::uint64_t) {
        proposers.push_back(account);
        return true;
    });
    for (const Account& account : proposers)
        ProposedBlocks::erase(state, account);
}

}  // namespace dure::ledger
