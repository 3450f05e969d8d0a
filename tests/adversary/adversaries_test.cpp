// No cheat gains by cheating, and nobody honest loses a share.
#include <gtest/gtest.h>

#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/measure.h"
#include "tests/adversary/seeds.h"

namespace dure::adversary {
namespace {

/// Of four seeds; tools/figures adversaries tries more and allows less.
constexpr std::int64_t k_luck_percent = 10;

class Cheating : public ::testing::TestWithParam<Adversary> {};

TEST_P(Cheating, GainsNothingOverHonestWorkAndCostsNobodyHonestAShare) {
    const Finding found = measure(GetParam(), seeds(4));
    SCOPED_TRACE(text_of(found));
    EXPECT_FALSE(found.gains(k_luck_percent));
    EXPECT_EQ(found.honest_lost, 0);
}

INSTANTIATE_TEST_SUITE_P(Adversary, Cheating, ::testing::ValuesIn(all_adversaries()),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace dure::adversary
