// What one settlement brought each owner, worked out from the settlement's record alone with exact integers,
// and the check that nothing was lost: the parts and what was carried over sum to the owners' part to the
// last 2^-64 grain.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/money.h"
#include "base/result.h"

namespace dure::tools {

struct Owner {
    std::string address;
    Shares shares;  ///< all of them, bonded and unvested ones too
};

struct Settlement {
    Coin amount;
    Coin server_part;
    Coin owners_part;
    Coin validators_part;
    Uint128 accumulator_before = 0;  ///< per share unit, in 2^-64 grain, modulo 2^128
    Uint128 accumulator_after = 0;
    std::uint64_t carry_before = 0;  ///< in 2^-64 grain
    std::uint64_t carry_after = 0;
    Shares total_shares;  ///< that the fee was split among
};

struct OwnerPart {
    Owner owner;
    Uint128 part = 0;  ///< in 2^-64 grain
};

/// Each owner's part, in the order given. Errors: `conflict` if the owners' shares are not those that the fee
/// was split among (a round was decided in between); `invalid` if the parts do not sum exactly: then the
/// ledger is wrong.
Result<std::vector<OwnerPart>> split_among(const Settlement& settlement, const std::vector<Owner>& owners);

/// "1234 + 5678/2^64"
std::string fine_grain(Uint128 part);

/// A decimal number of up to 39 digits. Errors: `malformed`, `out_of_range`.
Result<Uint128> wide_from_text(const std::string& text);

}  // namespace dure::tools
