#include "trainer/inference/cache_space.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <vector>

namespace dure::trainer {
namespace {

// Against the plain way: one flag a position.
TEST(CacheSpace, TakesTheFirstRangeThatFitsAndNeverOneInUse) {
    const bool holds = rc::check("ranges do not overlap, and join again when given back", [] {
        const auto positions = *rc::gen::inRange<std::int64_t>(1, 60);
        CacheSpace space(positions);
        std::vector<bool> used(static_cast<std::size_t>(positions));
        std::map<std::int64_t, std::int64_t> ranges;
        const auto first_fit = [&](std::int64_t count) -> std::optional<std::int64_t> {
            std::int64_t free = 0;
            for (std::int64_t i = 0; i < positions; ++i) {
                free = used[static_cast<std::size_t>(i)] ? 0 : free + 1;
                if (free == count) return i - count + 1;
            }
            return std::nullopt;
        };
        const auto mark = [&](std::int64_t first, std::int64_t count, bool value) {
            for (std::int64_t i = first; i < first + count; ++i)
                used[static_cast<std::size_t>(i)] = value;
        };
        const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-30, 30));
        std::int64_t in_use = 0;
        for (const int step : steps) {
            if (step > 0) {
                const auto expected = first_fit(step);
                const auto taken = space.take(step);
                RC_ASSERT(taken == expected);
                if (!taken) continue;
                ranges.emplace(*taken, step);
                mark(*taken, step, true);
                in_use += step;
            } else if (!ranges.empty()) {
                const auto range =
                    std::next(ranges.begin(),
                              static_cast<std::ptrdiff_t>(static_cast<std::size_t>(-step) % ranges.size()));
                space.give_back(range->first);
                mark(range->first, range->second, false);
                in_use -= range->second;
                ranges.erase(range);
            }
            RC_ASSERT(space.in_use() == in_use);
        }
        for (const auto& [first, count] : ranges)
            space.give_back(first);
        RC_ASSERT(space.take(positions) == std::optional<std::int64_t>(0));
    });
    EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace dure::trainer
