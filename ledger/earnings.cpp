#include "ledger/earnings.h"

#include "ledger/ownership/balances.h"
#include "ledger/ownership/mint_rows.h"
#include "ledger/ownership/owner_pool.h"

namespace dure::ledger {

SharesExplained explain_shares(const StateReader& state, const Account& account) {
    SharesExplained explained;
    explained.total = load_account(state, account).all_shares();
    explained.flows = ShareFlows::find(state, account).value_or(ShareFlowRecord{});
    scan_mint_rows(state, account, {}, [&](const UnitKey& where, const MintRow& row) {
        if (row.beneficiary != account) return;
        ++explained.rows;
        explained.minted += row.amount;
        explained.clawed_back += ClawBacks::find(state, where).value_or(ClawBackRecord{}).burned;
    });
    return explained;
}

FeesExplained explain_fees(const StateReader& state, const Account& account) {
    const AccountRecord record = load_account(state, account);
    const PoolRecord pool = Pool::get(state);
    FeesExplained fees;
    fees.owed = owed_to(record, pool);
    fees.before = record.pending;
    fees.shares = record.all_shares();
    Uint128 rest = fees.owed.number() - fees.before.number();
    const Uint128 since = pool.accumulator.number() - record.checkpoint.number();
    for (const SettlementRecord& settlement : latest_settlements(state, k_max_page)) {
        // What the accumulator gained after a moment says which came first, also when it has wrapped.
        const Uint128 after = pool.accumulator.number() - settlement.accumulator_before.number();
        if (after > since) break;
        const Uint128 each = settlement.accumulator_after.number() - settlement.accumulator_before.number();
        const Uint128 part = each * fees.shares.value;
        rest -= part;
        fees.parts.push_back({settlement, FineCoin::of(part)});
    }
    fees.others = FineCoin::of(rest);
    return fees;
}

Page<EarningView, UnitKey> earnings(const StateReader& state, const Account& account, const UnitKey& from,
                                    std::size_t limit) {
    Page<EarningView, UnitKey> page;
    Earnings::scan_from(state, {account, from.round, from.unit}, [&](const EarningKey& key, const Nothing&) {
        if (key.account != account) return false;
        const UnitKey where{key.round, key.line};
        if (page.entries.size() == std::min(limit, k_max_page)) {
            page.next = where;
            return false;
        }
        page.entries.push_back({.where = where,
                                .row = MintRows::get(state, where),
                                .clawed_back = ClawBacks::find(state, where).value_or(ClawBackRecord{})});
        return true;
    });
    return page;
}

}  // namespace dure::ledger
