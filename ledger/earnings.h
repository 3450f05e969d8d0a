// Why an account has what it has: its shares down to the contributions they were minted for, its fees down to the
// settlements.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ledger/records/tables.h"
#include "ledger/views.h"

namespace dure::ledger {

/// A minted row that concerns the account.
struct EarningView {
    UnitKey where;
    MintRow row;
    ClawBackRecord clawed_back;
};

/// Always total = founded + received − given + rewarded − slashed + minted − clawed_back.
struct SharesExplained {
    Shares total;
    ShareFlowRecord flows;
    Shares minted;       ///< over all rows with this account as beneficiary
    Shares clawed_back;  ///< of them
    std::uint64_t rows = 0;
};

/// What the account got of a settlement, in units of 2^-64 grain.
struct FeePart {
    SettlementRecord settlement;
    FineCoin part;
};

/// Fees owed = from before its shares last changed + of the settlements since that are retained + of fees that left no
/// settlement in the state (deposits, and settlements older than those retained).
struct FeesExplained {
    FineCoin owed;
    FineCoin before;
    std::vector<FeePart> parts;  ///< newest first
    FineCoin others;
    Shares shares;  ///< that earned since then
};

SharesExplained explain_shares(const StateReader& state, const Account& account);
FeesExplained explain_fees(const StateReader& state, const Account& account);
/// By ascending round and line, from `from` on.
Page<EarningView, UnitKey> earnings(const StateReader& state, const Account& account, const UnitKey& from,
                                    std::size_t limit);

}  // namespace dure::ledger
