// What counts of a score: no more than others' texts say, and what the hold-out alone says for three quarters of what is usual.
#include "ledger/data/scores.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/ledger/random.h"
#include "tests/support/scale.h"

namespace dure::ledger::testing {
namespace {

JudgingRecord on_others() {
    JudgingRecord judging;
    judging.peer_windows = 16;
    return judging;
}
JudgingRecord on_the_hold_out() {
    return {};
}

DataRecord usually(std::uint64_t score) {
    DataRecord totals;
    totals.usual_score_sum = k_usual_score_memory * score;
    return totals;
}

TEST(Scores, OnTheHoldOutAloneAllGoodTextsCountTheSame) {
    const DataRecord totals = usually(4'000);
    EXPECT_EQ(counted_score(totals, on_the_hold_out(), 1'500), 1'500U);
    EXPECT_EQ(counted_score(totals, on_the_hold_out(), 4'000), 3'000U);
    EXPECT_EQ(counted_score(totals, on_the_hold_out(), 40'000), 3'000U) << "whoever wrote for it has no more";
}

TEST(Scores, OnOthersTextsCountInFullUpToACeiling) {
    const DataRecord totals = usually(4'000);
    EXPECT_EQ(counted_score(totals, on_others(), 0), 0U);
    EXPECT_EQ(counted_score(totals, on_others(), 15'999), 15'999U);
    EXPECT_EQ(counted_score(totals, on_others(), 1'000'000), 16'000U);
}

TEST(Scores, WhatIsUsualFollowsThoseOnOthersTextsSlowly) {
    for (std::uint64_t seed = 0; seed < 200 * test::scale(); ++seed) {
        Random random(seed);
        DataRecord totals = usually(1 + random.below(100'000));
        for (int i = 0; i < 400; ++i) {
            const std::uint64_t before = totals.usual_score_sum;
            learn_score(totals, on_the_hold_out(), random.below(k_max_shard_score));
            ASSERT_EQ(totals.usual_score_sum, before);
            learn_score(totals, on_others(), 0);
            ASSERT_EQ(totals.usual_score_sum, before) << "what is worth nothing says nothing";
            const std::uint64_t usual = before / k_usual_score_memory;
            learn_score(totals, on_others(), 1 + random.below(k_max_shard_score));
            ASSERT_LE(totals.usual_score_sum, before + usual);
            ASSERT_GE(totals.usual_score_sum + usual, before);
            ASSERT_GE(totals.usual_score_sum, k_usual_score_memory);
        }
    }
}

TEST(Scores, WhatIsUsualComesNearWhateverScoresAre) {
    for (const std::uint64_t first : {1U, 100U, 4'000U, 1'000'000U}) {
        DataRecord totals = usually(first);
        for (int i = 0; i < 1'000; ++i)
            learn_score(totals, on_others(), 8'000);
        EXPECT_NEAR(static_cast<double>(totals.usual_score_sum / k_usual_score_memory), 8'000, 16);
    }
}

}  // namespace
}  // namespace dure::ledger::testing
