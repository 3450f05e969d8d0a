#include "trainer/local/sources.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/trainer/support.h"
#include "trainer/text/tokenizer.h"

namespace dure::trainer {
namespace {

constexpr std::uint32_t k_sequence = 16;

// Example i asks 10 + i with some more before it, and its answer is 100 + i.
Source numbered_examples(std::size_t count) {
    Source source;
    for (std::size_t i = 0; i < count; ++i) {
        const auto id = static_cast<std::int32_t>(i);
        std::vector<std::int32_t> question(i % 25, 5);
        question.push_back(10 + id);
        source.examples.push_back({question, {100 + id}});
    }
    return source;
}

TEST(Sources, EveryExampleIsAskedOnceAnEpochAndOnlyItsAnswerIsPredicted) {
    const Source source = numbered_examples(30);
    ASSERT_TRUE(source.check(k_sequence));
    SourceReader reader(source, 7, k_sequence, {});
    std::map<std::int32_t, int> answered;
    std::vector<std::int32_t> order;
    while (reader.progress().epoch < 3) {
        const auto windows = reader.next_step(2);
        ASSERT_EQ(windows.size(), 2U * (k_sequence + 1));
        for (std::size_t i = 0; i < windows.size(); ++i) {
            if (i % (k_sequence + 1) == 0) {
                EXPECT_EQ(windows[i], unpredicted(k_newline_token));
            }
            if (windows[i] < 100) continue;
            order.push_back(windows[i]);
            ++answered[windows[i]];
            EXPECT_EQ(windows[i - 1], unpredicted(windows[i] - 90)) << "the question's end stands before it";
            EXPECT_EQ(windows[i + 1], k_newline_token) << "its end is predicted";
        }
        for (const std::int32_t token : windows)
            EXPECT_TRUE(token < 0 || token >= 100 || token == k_newline_token);
    }
    ASSERT_GE(order.size(), 90U);
    for (const auto& [answer, times] : answered)
        EXPECT_TRUE(times == 3 || times == 4) << answer;
    EXPECT_NE(std::vector(order.begin(), order.begin() + 30),
              std::vector(order.begin() + 30, order.begin() + 60));
}

TEST(Sources, ReadingGoesOnWhereItStopped) {
    Source text;
    text.text = testing::random_tokens(100, 50, 3);
    for (const Source& source : {numbered_examples(30), text}) {
        SourceReader whole(source, 7, k_sequence, {});
        SourceReader first(source, 7, k_sequence, {});
        for (int i = 0; i < 20; ++i)
            EXPECT_EQ(whole.next_step(3), first.next_step(3));
        SourceReader second(source, 7, k_sequence, first.progress());
        for (int i = 0; i < 20; ++i)
            EXPECT_EQ(whole.next_step(3), second.next_step(3));
        EXPECT_EQ(whole.progress(), second.progress());
    }
}

TEST(Sources, WindowsOfATextArePartsOfIt) {
    Source source;
    for (std::int32_t i = 0; i < 60; ++i)
        source.text.push_back(i);
    SourceReader reader(source, 1, k_sequence, {});
    std::map<std::int32_t, int> begins;
    for (int step = 0; step < 100; ++step) {
        const auto windows = reader.next_step(2);
        for (std::size_t i = 0; i < windows.size(); ++i) {
            if (i % (k_sequence + 1) == 0) {
                ++begins[windows[i]];
            } else {
                EXPECT_EQ(windows[i], windows[i - 1] + 1);
            }
        }
    }
    EXPECT_GT(begins.size(), 30U);
    EXPECT_LE(begins.rbegin()->first, 60 - 17);
}

TEST(Sources, RefusesWhatCannotBeTrainedOn) {
    const auto refused = [](const Source& source) { return !source.check(k_sequence); };
    EXPECT_TRUE(refused({}));
    EXPECT_TRUE(refused({0, std::vector<std::int32_t>(100), {}}));
    EXPECT_TRUE(refused({1, std::vector<std::int32_t>(k_sequence), {}}));
    EXPECT_FALSE(refused({1, std::vector<std::int32_t>(k_sequence + 1), {}}));
    EXPECT_TRUE(refused({1, {}, {{{1}, {}}}}));
    EXPECT_TRUE(refused({1, {}, {{{1}, std::vector<std::int32_t>(k_sequence)}}}));
    EXPECT_FALSE(refused({1, {}, {{{1}, std::vector<std::int32_t>(k_sequence - 1)}}}));
    EXPECT_TRUE(refused({1, std::vector<std::int32_t>(100), {{{1}, {2}}}}));
}

}  // namespace
}  // namespace dure::trainer
