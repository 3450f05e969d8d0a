#include "node/api/round_history.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <algorithm>
#include <chrono>

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
    for (std::size_t i = 0; i < few.size(); ++i) {
        RC_ASSERT(few[i] == points[few[i].round]);
        RC_ASSERT(i == 0 || few[i - 1].round < few[i].round);
    }
}

TEST(Thinned, KeepsAPeak) {
    std::vector<std::uint32_t> losses(10'000, 3'000'000);
    losses[4'321] = 9'000'000;
    const std::vector<RoundPoint> few = thinned(curve(losses), 50);
    EXPECT_TRUE(std::ranges::any_of(few, [](const RoundPoint& point) { return point.round == 4'321; }));
}

TEST(Thinned, AHundredThousandRoundsTakeMilliseconds) {
    std::vector<std::uint32_t> losses;
    for (std::uint32_t i = 0; i < 100'000; ++i)
        losses.push_back(8'000'000 - i * 50 + i * 7'919 % 20'011);
    const std::vector<RoundPoint> points = curve(losses);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(thinned(points, 600).size(), 600U);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

}  // namespace
}  // namespace dure::node
