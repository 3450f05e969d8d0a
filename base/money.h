// Money as types: `Coin` (base unit grain, 10^9 grain = 1 DURE) and `Shares` (base unit 10^-6 share). They do
// not mix, and no operation wraps: `checked_*` for what a user may ask for, operators (which assert) where an
// invariant already says that the result fits.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "base/assert.h"
#include "base/codec.h"
#include "base/result.h"

namespace dure {

__extension__ using Uint128 = unsigned __int128;

inline constexpr std::uint64_t k_grain_per_dure = 1'000'000'000;
inline constexpr std::uint64_t k_units_per_share = 1'000'000;
/// All coins and all shares each stay below 2^63 base units, so that sums of two of them fit 64 bits
/// and a fee times 2^64 plus a remainder fits 128.
inline constexpr std::uint64_t k_max_supply = std::uint64_t{1} << 63;

template <class Tag>
struct Quantity {
    std::uint64_t value = 0;

    static constexpr auto fields() { return std::tuple(&Quantity::value); }
    friend constexpr auto operator<=>(const Quantity&, const Quantity&) = default;
    constexpr bool is_zero() const { return value == 0; }

    friend constexpr std::optional<Quantity> checked_add(Quantity a, Quantity b) {
        if (a.value > std::numeric_limits<std::uint64_t>::max() - b.value) return std::nullopt;
        return Quantity{a.value + b.value};
    }
    friend constexpr std::optional<Quantity> checked_sub(Quantity a, Quantity b) {
        if (a.value < b.value) return std::nullopt;
        return Quantity{a.value - b.value};
    }
    friend constexpr Quantity operator+(Quantity a, Quantity b) {
        const auto sum = checked_add(a, b);
        DURE_ASSERT(sum.has_value());
        return *sum;
    }
    friend constexpr Quantity operator-(Quantity a, Quantity b) {
        const auto difference = checked_sub(a, b);
        DURE_ASSERT(difference.has_value());
        return *difference;
    }
    constexpr Quantity& operator+=(Quantity other) { return *this = *this + other; }
    constexpr Quantity& operator-=(Quantity other) { return *this = *this - other; }
};

using Coin = Quantity<struct CoinTag>;
using Shares = Quantity<struct SharesTag>;

/// floor(a * b / c) through 128 bits. Needs c > 0 and a result that fits 64 bits.
constexpr std::uint64_t mul_div(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    DURE_ASSERT(c > 0);
    const Uint128 quotient = static_cast<Uint128>(a) * b / c;
    DURE_ASSERT(quotient <= std::numeric_limits<std::uint64_t>::max());
    return static_cast<std::uint64_t>(quotient);
}

/// "12.5" for 12.5 DURE or shares; never a rounded figure, no trailing zeros.
std::string to_text(Coin coin);
std::string to_text(Shares shares);
/// A 128-bit number in decimal.
std::string to_text(Uint128 number);

/// Reads "12", "12.5", "0.000000001". Errors: `malformed` for anything else, `out_of_range` for too many
/// digits after the point or too much for the supply.
Result<Coin> coin_from_text(std::string_view text);
Result<Shares> shares_from_text(std::string_view text);

}  // namespace dure
