// The lines of the rounds' receipts, found again by whom they concern.
#pragma once

#include <functional>

#include "ledger/records/tables.h"

namespace dure::ledger {

/// Writes a line, and lists it under its contributor and its beneficiary.
void put_mint_row(Overlay& state, const UnitKey& where, const MintRow& row);

/// The lines that concern an account as contributor or beneficiary, from the round after `after` on, by
/// ascending round and line.
void scan_mint_rows(const StateReader& state, const Account& account, protocol::Round after,
                    const std::function<void(const UnitKey&, const MintRow&)>& visit);

}  // namespace dure::ledger
