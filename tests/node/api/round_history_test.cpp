#include "node/api/round_history.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <algorithm>
#include <functional>

namespace dure::node {
namespace {

std::vector<RoundPoint> curve(const std::vector<std::uint32_t>& losses) {
    std::vector<RoundPoint> points;
    for (const std::uint32_t loss : losses)
        points.push_back({.round = points.size(), .held_out_loss = loss});
    return points;
}

RC_GTEST_PROP(Thinned, IsAnOrderedPartWithBothEnds, (const std::vector<std::uint32_t>& losses)) {
    const std::vector<RoundPoint> points = curve(losses);
    const auto wanted = *rc::gen::inRange<std::size_t>(2, 40);
    const std::vector<RoundPoint> few = thinned(points, wanted);
    RC_ASSERT(few.size() == std::min(wanted, points.size()));
    if (points.empty()) return;
    RC_ASSERT(few.front() == points.front());
    RC_ASSERT(few.back() == points.back());
    for (const RoundPoint& point : few)
        RC_ASSERT(point == points.at(point.round));
    const auto unordered = std::ranges::adjacent_find(few, std::ranges::greater_equal{}, &RoundPoint::round);
    RC_ASSERT(unordered == few.end());
}

TEST(Thinned, KeepsAPeak) {
    std::vector<std::uint32_t> losses(10'000, 3'000'000);
    losses[4'321] = 9'000'000;
    const std::vector<RoundPoint> few = thinned(curve(losses), 50);
    EXPECT_TRUE(std::ranges::any_of(few, [](const RoundPoint& point) { return point.round == 4'321; }));
}

TEST(Thinned, AHundredThousandRoundsAreAsManyPointsAsAskedFor) {
    std::vector<std::uint32_t> losses;
    for (std::uint32_t i = 0; i < 100'000; ++i)
        losses.push_back(8'000'000 - i * 50 + i * 7'919 % 20'011);
    EXPECT_EQ(thinned(curve(losses), 600).size(), 600U);
}

}  // namespace
}  // namespace dure::node
