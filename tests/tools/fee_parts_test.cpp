#include "tools/dure/devnet/fee_parts.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace dure::tools {
namespace {

/// What a correct ledger records for a fee split among these owners.
Settlement settle(std::uint64_t fee, std::uint64_t carry, const std::vector<Owner>& owners) {
    Settlement settlement;
    for (const Owner& owner : owners)
        settlement.total_shares += owner.shares;
    settlement.owners_part = {fee};
    settlement.server_part = {fee / 3};
    settlement.validators_part = {fee / 15};
    settlement.amount = settlement.owners_part + settlement.server_part + settlement.validators_part;
    settlement.carry_before = carry;
    const Uint128 whole = (static_cast<Uint128>(fee) << 64) + carry;
    settlement.accumulator_before = ~static_cast<Uint128>(0) - 5;  // wraps: only differences mean something
    settlement.accumulator_after = settlement.accumulator_before + whole / settlement.total_shares.value;
    settlement.carry_after = static_cast<std::uint64_t>(whole % settlement.total_shares.value);
    return settlement;
}

std::vector<Owner> owners_of(const std::vector<std::uint32_t>& shares) {
    std::vector<Owner> owners;
    for (const std::uint32_t amount : shares)
        owners.push_back({"owner", Shares{std::uint64_t{amount} + 1}});
    return owners;
}

RC_GTEST_PROP(FeeParts, SumToTheFeeExactlyForAnyOwnersAndFees,
              (std::uint32_t fee, std::uint64_t carry, std::vector<std::uint32_t> shares)) {
    shares.push_back(1);
    const auto owners = owners_of(shares);
    std::uint64_t total = 0;
    for (const Owner& owner : owners)
        total += owner.shares.value;
    const Settlement settlement = settle(fee, carry % total, owners);
    const auto parts = split_among(settlement, owners);
    RC_ASSERT(parts.has_value());
    RC_ASSERT(parts->size() == owners.size());
}

RC_GTEST_PROP(FeeParts, ALostGrainIsFound, (std::uint32_t fee, std::vector<std::uint32_t> shares)) {
    shares.push_back(1);
    const auto owners = owners_of(shares);
    Settlement settlement = settle(fee, 0, owners);
    settlement.carry_after += 1;
    const auto parts = split_among(settlement, owners);
    RC_ASSERT(parts.has_error());
    RC_ASSERT(parts.error().code == ErrorCode::invalid);
}

TEST(FeeParts, OtherOwnersThanTheFeeWasSplitAmongAreAConflict) {
    const auto owners = owners_of({5, 6});
    const auto parts = split_among(settle(1'000, 0, owners), owners_of({5, 7}));
    ASSERT_TRUE(parts.has_error());
    EXPECT_EQ(parts.error().code, ErrorCode::conflict);
}

TEST(FeeParts, ServerAndValidatorsPartsMustSumToo) {
    const auto owners = owners_of({5, 6});
    Settlement settlement = settle(1'000, 0, owners);
    settlement.amount += Coin{1};
    EXPECT_TRUE(split_among(settlement, owners).has_error());
}

TEST(FeeParts, NumbersOf128BitsAreReadWhole) {
    EXPECT_EQ(to_text(*wide_from_text("340282366920938463463374607431768211455")),
              "340282366920938463463374607431768211455");
    EXPECT_EQ(wide_from_text("340282366920938463463374607431768211456").error().code,
              ErrorCode::out_of_range);
    EXPECT_TRUE(wide_from_text("").has_error());
    EXPECT_TRUE(wide_from_text("-1").has_error());
    EXPECT_TRUE(wide_from_text("12a").has_error());
    EXPECT_EQ(fine_grain((static_cast<Uint128>(7) << 64) + 9), "7 + 9/2^64");
}

}  // namespace
}  // namespace dure::tools
