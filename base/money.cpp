#include "base/money.h"

#include <algorithm>

#include "base/quote.h"

namespace dure {

namespace {

std::string fixed_point(std::uint64_t value, std::uint64_t unit, std::size_t digits) {
    std::string text = std::to_string(value / unit);
    if (value % unit == 0) return text;
    std::string fraction = std::to_string(value % unit);
    fraction.insert(0, digits - fraction.size(), '0');
    while (fraction.back() == '0')
        fraction.pop_back();
    return text + "." + fraction;
}

Result<std::uint64_t> parse_fixed_point(std::string_view text, std::uint64_t unit, std::size_t digits) {
    const auto malformed = [&] {
        return Error{ErrorCode::malformed, quote(text) + " is not an amount; write it like 12 or 12.5"};
    };
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    const std::string_view fraction =
        point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
    if (whole.empty() || (point != std::string_view::npos && fraction.empty())) return malformed();
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!std::all_of(whole.begin(), whole.end(), is_digit) ||
        !std::all_of(fraction.begin(), fraction.end(), is_digit)) {
        return malformed();
    }
    if (fraction.size() > digits) {
        return Error{ErrorCode::out_of_range, quote(text) + " has more than " + std::to_string(digits) +
                                                  " digits after the point; the smallest unit is 10^-" +
                                                  std::to_string(digits)};
    }
    const Error too_much{ErrorCode::out_of_range, quote(text) + " is more than can exist"};
    Uint128 value = 0;
    for (const char c : whole) {
        value = value * 10 + static_cast<unsigned>(c - '0');
        if (value * unit >= k_max_supply) return too_much;
    }
    Uint128 part = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        part = part * 10 + (i < fraction.size() ? static_cast<unsigned>(fraction[i] - '0') : 0U);
    }
    value = value * unit + part;
    if (value >= k_max_supply) return too_much;
    return static_cast<std::uint64_t>(value);
}

constexpr std::size_t k_coin_digits = 9;
constexpr std::size_t k_share_digits = 6;

}  // namespace

std::string to_text(Coin coin) {
    return fixed_point(coin.value, k_grain_per_dure, k_coin_digits);
}
std::string to_text(Shares shares) {
    return fixed_point(shares.value, k_units_per_share, k_share_digits);
}

std::string to_text(Uint128 number) {
    std::string text;
    do {
        text.push_back(static_cast<char>('0' + static_cast<int>(number % 10)));
        number /= 10;
    } while (number != 0);
    std::reverse(text.begin(), text.end());
    return text;
}

Result<Coin> coin_from_text(std::string_view text) {
    DURE_TRY(const std::uint64_t value, parse_fixed_point(text, k_grain_per_dure, k_coin_digits));
    return Coin{value};
}

Result<Shares> shares_from_text(std::string_view text) {
    DURE_TRY(const std::uint64_t value, parse_fixed_point(text, k_units_per_share, k_share_digits));
    return Shares{value};
}

}  // namespace dure
