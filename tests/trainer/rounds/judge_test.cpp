#include "trainer/rounds/judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "tests/trainer/support.h"
#include "trainer/rounds/windows.h"

namespace dure::trainer {
namespace {

using testing::fastest_machine;
using testing::on_every_machine;
using testing::random_tokens;
using testing::tiny_model;
using testing::tiny_training;

// A text whose next token follows from the last one.
std::vector<std::int32_t> regular_tokens(std::size_t count) {
    std::vector<std::int32_t> tokens(count);
    for (std::size_t i = 0; i < count; ++i)
        tokens[i] = static_cast<std::int32_t>(i * 4 % 20);
    return tokens;
}

const Hash k_seed = TaggedHash("dure/test")(as_bytes("a seed"));

std::vector<std::int32_t> windows_of(std::span<const std::int32_t> tokens) {
    return spread_windows(tokens, tiny_training().sequence, 8);
}

TEST(Judge, IsTheSameIntegerOnEveryMachine) {
    const Checkpoint checkpoint = *initial_checkpoint(tiny_model(), 1);
    const auto tokens = random_tokens(300, 21, 1);
    std::optional<std::uint64_t> loss;
    std::optional<std::uint64_t> score;
    on_every_machine([&](const testing::Machine& machine) {
        const auto this_loss = held_out_loss(*machine.kernels, checkpoint, tiny_training(), tokens);
        const auto this_score = score_shard(*machine.kernels, checkpoint, tiny_training(),
                                            regular_tokens(100), k_seed, windows_of(regular_tokens(200)));
        ASSERT_TRUE(this_loss && this_score);
        if (!loss) loss = *this_loss;
        if (!score) score = *this_score;
        EXPECT_EQ(*loss, *this_loss) << machine.name;
        EXPECT_EQ(*score, *this_score) << machine.name;
    });
    EXPECT_NEAR(static_cast<double>(*loss), 3.04e6, 0.2e6);  // ln 21
}

TEST(Judge, DataThatHelpsScoresAndDataThatHurtsDoesNot) {
    const auto machine = fastest_machine();
    const Checkpoint checkpoint = *initial_checkpoint(tiny_model(), 1);
    const auto held_out = windows_of(regular_tokens(200));
    const auto score = [&](std::span<const std::int32_t> tokens) {
        return *score_shard(*machine.kernels, checkpoint, tiny_training(), tokens, k_seed, held_out);
    };
    EXPECT_GT(score(regular_tokens(100)), 10000U);
    // Only ids that the hold-out never has.
    std::vector<std::int32_t> foreign = random_tokens(100, 2, 3);
    for (auto& token : foreign)
        token = 2 * token + 1;
    EXPECT_EQ(score(foreign), 0U);
    EXPECT_EQ(score(regular_tokens(16)), 0U);
    EXPECT_EQ(*score_shard(*machine.kernels, checkpoint, tiny_training(), regular_tokens(100), k_seed, {}),
              0U);
}

TEST(Judge, SaysWhatIsWrongWithItsInput) {
    const auto machine = fastest_machine();
    const Checkpoint checkpoint = *initial_checkpoint(tiny_model(), 1);
    const auto tokens = regular_tokens(100);
    const auto code = [](const auto& result) { return result ? ErrorCode::internal : result.error().code; };
    EXPECT_EQ(code(held_out_loss(*machine.kernels, checkpoint, tiny_training(), regular_tokens(16))),
              ErrorCode::insufficient);
    auto foreign = tokens;
    foreign[50] = 22;
    EXPECT_EQ(code(held_out_loss(*machine.kernels, checkpoint, tiny_training(), foreign)),
              ErrorCode::invalid);
    EXPECT_EQ(
        code(score_shard(*machine.kernels, checkpoint, tiny_training(), foreign, k_seed, windows_of(tokens))),
        ErrorCode::invalid);
    EXPECT_EQ(code(score_shard(*machine.kernels, checkpoint, tiny_training(), tokens, k_seed, tokens)),
              ErrorCode::invalid);
    Checkpoint broken = checkpoint;
    for (float& p : broken.parameters)
        p *= 1e15F;
    EXPECT_EQ(code(held_out_loss(*machine.kernels, broken, tiny_training(), tokens)), ErrorCode::invalid);
    TrainConfig train = tiny_training();
    train.batch = 0;
    EXPECT_EQ(code(held_out_loss(*machine.kernels, checkpoint, train, tokens)), ErrorCode::out_of_range);
}

TEST(SpreadWindows, CoverTheTextEvenlyWithoutOverlap) {
    const auto tokens = random_tokens(101, 20, 4);
    EXPECT_EQ(spread_windows(tokens, 10, 100).size(), 10U * 11);  // 10 fit
    EXPECT_EQ(spread_windows(tokens, 10, 3).size(), 3U * 11);
    const auto three = spread_windows(tokens, 10, 3);
    for (std::size_t i = 0; i < 11; ++i) {
        EXPECT_EQ(three[i], tokens[i]);
        EXPECT_EQ(three[11 + i], tokens[30 + i]);
        EXPECT_EQ(three[22 + i], tokens[60 + i]);
    }
    EXPECT_TRUE(spread_windows(std::span(tokens).first(10), 10, 3).empty());
    EXPECT_TRUE(spread_windows({}, 10, 3).empty());
}

TEST(DrawnWindows, LieAnywhereInTheTextAndFollowTheSeed) {
    const auto tokens = random_tokens(101, 20, 4);
    const auto drawn = drawn_windows(tokens, 10, 4, k_seed);
    ASSERT_EQ(drawn.size(), 4U * 11);
    EXPECT_EQ(drawn_windows(tokens, 10, 4, k_seed), drawn);
    EXPECT_NE(drawn_windows(tokens, 10, 4, TaggedHash("dure/test")(as_bytes("another"))), drawn);
    for (std::size_t i = 0; i < 4; ++i) {
        const auto window = std::span(drawn).subspan(11 * i, 11);
        EXPECT_NE(std::search(tokens.begin(), tokens.end(), window.begin(), window.end()), tokens.end());
    }
    EXPECT_EQ(drawn_windows(std::span(tokens).first(11), 10, 4, k_seed).size(), 11U);
    EXPECT_TRUE(drawn_windows(std::span(tokens).first(10), 10, 4, k_seed).empty());
}

}  // namespace
}  // namespace dure::trainer
