#include "ledger/data/sampling.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "ledger/data/windows.h"
#include "tests/ledger/harness.h"
#include "tests/ledger/random.h"
#include "tests/support/scale.h"

namespace dure::ledger::testing {
namespace {

/// The row of a lot by counting rows off one after the other.
std::uint64_t counted_row(const std::vector<std::uint64_t>& weights, std::uint64_t lot) {
    std::uint64_t row = 0;
    while (lot >= weights[row])
        lot -= weights[row++];
    return row;
}

/// Random rows, changes and draws from one seed.
void draw_and_count(std::uint64_t seed) {
    Random random(seed);
    MemoryState memory;
    Overlay state(memory);
    DataTotals::put(state, {});
    std::vector<std::uint64_t> weights;
    const std::uint64_t steps = 1 + random.below(60);
    for (std::uint64_t i = 0; i < steps; ++i) {
        const std::uint64_t weight = random.below(4) == 0 ? 0 : 1 + random.below(1'000);
        if (weights.empty() || random.below(3) > 0) {
            ASSERT_EQ(add_sampled(state, {.shard = hash_of(std::to_string(i)),
                                          .tokens = 100,
                                          .weight = SamplingWeight::of(weight)}),
                      weights.size());
            weights.push_back(weight);
        } else {
            const std::uint64_t row = random.below(weights.size());
            set_sampled_weight(state, row, weight);
            weights[row] = weight;
        }
        const std::uint64_t sum = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
        const DataRecord totals = DataTotals::get(state);
        ASSERT_TRUE(totals.weight.number() == Uint128{sum});
        ASSERT_EQ(totals.accepted, weights.size());
        if (sum == 0) continue;
        const std::uint64_t lot = random.below(sum);
        ASSERT_EQ(sampled_row_at(state, lot), counted_row(weights, lot)) << "seed " << seed;
    }
}

TEST(Sampling, DrawsLikeCountingOffWhateverChanged) {
    for (std::uint64_t seed = 0; seed < 100 * test::scale(); ++seed)
        draw_and_count(seed);
}

ShardRecord scored(std::uint64_t score, std::uint64_t tokens, std::uint64_t bytes) {
    ShardRecord shard;
    shard.bytes = bytes;
    shard.answer.tokens = tokens;
    shard.answer.text_bytes = bytes;
    shard.paid_score = score;
    return shard;
}

TEST(Sampling, AShardShorterThanAWindowWeighsNothing) {
    EXPECT_TRUE(sampling_weight_of(scored(7, 64, 300), 65) == 0);
    EXPECT_TRUE(sampling_weight_of(scored(7, 65, 300), 65) == 7 * 300);
    EXPECT_TRUE(sampling_weight_of(scored(k_max_shard_score, 65, k_max_blob_bytes), 65) == Uint128{1} << 70);
}

TEST(Sampling, ManyTokensForFewBytesWeighNoMore) {
    EXPECT_TRUE(sampling_weight_of(scored(7, 100, 300), 65) == sampling_weight_of(scored(7, 300, 300), 65));
}

TEST(Sampling, NeitherATemplatesWordsNorColumnsItLeavesOutWeigh) {
    ShardRecord wordy = scored(7, 100, 300);
    wordy.answer.text_bytes = 5'000;
    ShardRecord hiding = scored(7, 100, 5'000);
    hiding.answer.text_bytes = 300;
    for (const ShardRecord& shard : {wordy, hiding})
        EXPECT_TRUE(sampling_weight_of(shard, 65) == 7 * 300);
}

TEST(UnitWindows, StayAsDrawnWhenWeightsChangeAfterwards) {
    Harness chain;
    chain.add_data(8, "a text");
    chain.add_data(9, "another");
    while (current_round(chain.state()).phase != RoundPhase::training)
        chain.work();
    const RoundRecord round = current_round(chain.state());
    Overlay later(chain.state());
    const auto before = windows_of_unit(later, round, 0);
    ASSERT_EQ(before.size(), chain.genesis().model.windows_per_unit);
    set_sampled_weight(later, 0, 0);
    const auto after = windows_of_unit(later, round, 0);
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
        EXPECT_EQ(after[i].shard, before[i].shard);
        EXPECT_EQ(after[i].first_token, before[i].first_token);
    }
}

}  // namespace
}  // namespace dure::ledger::testing
