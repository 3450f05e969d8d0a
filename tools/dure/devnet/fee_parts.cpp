#include "tools/dure/devnet/fee_parts.h"

namespace dure::tools {

Result<std::vector<OwnerPart>> split_among(const Settlement& settlement, const std::vector<Owner>& owners) {
    std::vector<OwnerPart> parts;
    const Uint128 per_unit = settlement.accumulator_after - settlement.accumulator_before;
    Uint128 shares = 0;
    Uint128 sum = 0;
    for (const Owner& owner : owners) {
        const Uint128 part = static_cast<Uint128>(owner.shares.value) * per_unit;
        shares += owner.shares.value;
        sum += part;
        parts.push_back({owner, part});
    }
    if (shares != settlement.total_shares.value) {
        return Error{ErrorCode::conflict, "the owners hold " + to_text(shares) +
                                              " share units, but the fee was split among " +
                                              std::to_string(settlement.total_shares.value)};
    }
    const Uint128 left = sum + settlement.carry_after;
    const Uint128 right =
        (static_cast<Uint128>(settlement.owners_part.value) << 64) + settlement.carry_before;
    if (left != right) {
        return Error{ErrorCode::invalid, "the owners' parts and the carried fraction sum to " +
                                             fine_grain(left) + " grain, but " + fine_grain(right) +
                                             " came in"};
    }
    const auto server_and_validators = checked_add(settlement.server_part, settlement.validators_part);
    const auto all =
        server_and_validators ? checked_add(*server_and_validators, settlement.owners_part) : std::nullopt;
    if (!all || *all != settlement.amount) {
        return Error{ErrorCode::invalid,
                     "server's, owners' and validators' parts do not sum to the settled " +
                         to_text(settlement.amount) + " DURE"};
    }
    return parts;
}

std::string fine_grain(Uint128 part) {
    return to_text(part >> 64) + " + " + std::to_string(static_cast<std::uint64_t>(part)) + "/2^64";
}

Result<Uint128> wide_from_text(const std::string& text) {
    constexpr Uint128 k_max = ~static_cast<Uint128>(0);
    if (text.empty()) return Error{ErrorCode::malformed, "an empty text is no number"};
    Uint128 number = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9')
            return Error{ErrorCode::malformed, "\"" + text + "\" is not a decimal number"};
        const auto value = static_cast<unsigned>(digit - '0');
        if (number > (k_max - value) / 10)
            return Error{ErrorCode::out_of_range, "\"" + text + "\" does not fit 128 bits"};
        number = number * 10 + value;
    }
    return number;
}

}  // namespace dure::tools
