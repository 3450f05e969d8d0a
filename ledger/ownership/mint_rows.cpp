#include "ledger/ownership/mint_rows.h"

namespace dure::ledger {

void put_mint_row(Overlay& state, const UnitKey& where, const MintRow& row) {
    MintRows::put(state, where, row);
    Earnings::put(state, {row.contributor, where.round, where.unit}, {});
    Earnings::put(state, {row.beneficiary, where.round, where.unit}, {});
}

void scan_mint_rows(const StateReader& state, const Account& account, protocol::Round after,
                    const std::function<void(const UnitKey&, const MintRow&)>& visit) {
    Earnings::scan_from(state, {account, after.next(), 0}, [&](const EarningKey& key, const Nothing&) {
        if (key.account != account) return false;
        const UnitKey where{key.round, key.line};
        visit(where, MintRows::get(state, where));
        return true;
    });
}

}  // namespace dure::ledger
