#include "base/money.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/codec_laws.h"

namespace dure {
namespace {

constexpr std::uint64_t k_max = std::numeric_limits<std::uint64_t>::max();

TEST(Money, TextIsExactToTheLastUnit) {
    EXPECT_EQ(to_text(Coin{0}), "0");
    EXPECT_EQ(to_text(Coin{1}), "0.000000001");
    EXPECT_EQ(to_text(Coin{12'500'000'000}), "12.5");
    EXPECT_EQ(to_text(Coin{k_grain_per_dure}), "1");
    EXPECT_EQ(to_text(Coin{k_max_supply - 1}), "9223372036.854775807");
    EXPECT_EQ(to_text(Coin{k_max}), "18446744073.709551615");
    EXPECT_EQ(to_text(Shares{1}), "0.000001");
    EXPECT_EQ(to_text(Shares{1'000'001}), "1.000001");
}

TEST(Money, ReadsWhatAPersonWrites) {
    EXPECT_EQ(coin_from_text("12").value(), Coin{12'000'000'000});
    EXPECT_EQ(coin_from_text("12.5").value(), Coin{12'500'000'000});
    EXPECT_EQ(coin_from_text("0012.500").value(), Coin{12'500'000'000});
    EXPECT_EQ(coin_from_text("0.000000001").value(), Coin{1});
    EXPECT_EQ(coin_from_text("9223372036.854775807").value(), Coin{k_max_supply - 1});
    EXPECT_EQ(shares_from_text("0.000001").value(), Shares{1});
}

TEST(Money, RefusesEverythingElse) {
    for (const char* text :
         {"", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "1 ", "0x10", "1.2.3", "NaN", "١", "1_000"}) {
        EXPECT_EQ(coin_from_text(text).error().code, ErrorCode::malformed) << text;
        EXPECT_EQ(shares_from_text(text).error().code, ErrorCode::malformed) << text;
    }
    for (const char* text : {"0.0000000001", "9223372036.854775808", "18446744073.709551616",
                             "99999999999999999999999999999999999999999999999999"}) {
        EXPECT_EQ(coin_from_text(text).error().code, ErrorCode::out_of_range) << text;
    }
    EXPECT_EQ(shares_from_text("0.0000001").error().code, ErrorCode::out_of_range);
    EXPECT_NE(coin_from_text("12o").error().message.find("'12o'"), std::string::npos);
}

RC_GTEST_PROP(Money, EveryAmountRoundTripsThroughText, ()) {
    const std::uint64_t value = test::any_value<std::uint64_t>() % k_max_supply;
    RC_ASSERT(coin_from_text(to_text(Coin{value})).value() == Coin{value});
    RC_ASSERT(shares_from_text(to_text(Shares{value})).value() == Shares{value});
}

RC_GTEST_PROP(Money, AnyTextIsReadOrRefused, ()) {
    const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789.-e")));
    if (const auto coin = coin_from_text(text)) RC_ASSERT(coin_from_text(to_text(*coin)).value() == *coin);
}

RC_GTEST_PROP(Money, CheckedArithmeticIsExactOrNothing, ()) {
    const auto a = test::any_value<std::uint64_t>();
    const auto b = test::any_value<std::uint64_t>();
    const Uint128 sum = static_cast<Uint128>(a) + b;
    const auto added = checked_add(Coin{a}, Coin{b});
    RC_ASSERT(added.has_value() == (sum <= k_max));
    if (added) RC_ASSERT(added->value == sum);
    const auto subtracted = checked_sub(Coin{a}, Coin{b});
    RC_ASSERT(subtracted.has_value() == (a >= b));
    if (subtracted) RC_ASSERT(subtracted->value == a - b);
    if (added) RC_ASSERT(Coin{a} + Coin{b} - Coin{b} == Coin{a});
}

RC_GTEST_PROP(Money, MulDivIsTheFlooredQuotient, ()) {
    const auto a = test::any_value<std::uint64_t>();
    const auto c = std::max<std::uint64_t>(1, test::any_value<std::uint64_t>());
    const auto b = test::any_value<std::uint64_t>() % c;
    const std::uint64_t quotient = mul_div(a, b, c);
    const Uint128 product = static_cast<Uint128>(a) * b;
    RC_ASSERT(static_cast<Uint128>(quotient) * c <= product);
    RC_ASSERT(product - static_cast<Uint128>(quotient) * c < c);
}

TEST(MoneyDeathTest, OperatorsStopTheProgramInsteadOfWrapping) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(static_cast<void>(Coin{k_max} + Coin{1}), "invariant broken");
    EXPECT_DEATH(static_cast<void>(Coin{0} - Coin{1}), "invariant broken");
    EXPECT_DEATH(static_cast<void>(mul_div(k_max, 2, 1)), "invariant broken");
    EXPECT_DEATH(static_cast<void>(mul_div(1, 1, 0)), "invariant broken");
}

TEST(Money, WideNumbersAreShownInDecimal) {
    EXPECT_EQ(to_text(Uint128{0}), "0");
    EXPECT_EQ(to_text(~Uint128{0}), "340282366920938463463374607431768211455");
}

TEST(Money, FollowsTheCodecsLaws) {
    test::check_codec_laws<Coin>();
    test::check_codec_laws<Shares>();
}

}  // namespace
}  // namespace dure
