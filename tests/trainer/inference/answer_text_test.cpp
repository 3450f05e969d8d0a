#include "trainer/inference/answer_text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "tests/trainer/inference/sample_tokenizer.h"
#include "trainer/text/utf8.h"

namespace dure::trainer {
namespace {

using testing::sample_tokenizer;

// The whole text, read byte by byte until a stop string is complete.
std::pair<std::string, bool> cut_plainly(const std::string& text, const std::vector<std::string>& stops) {
    for (std::size_t end = 1; end <= text.size(); ++end) {
        std::size_t longest = 0;
        for (const std::string& stop : stops) {
            const bool ends_here =
                stop.size() <= end && text.compare(end - stop.size(), stop.size(), stop) == 0;
            if (ends_here) longest = std::max(longest, stop.size());
        }
        if (longest > 0) return {text.substr(0, end - longest), true};
    }
    return {text, false};
}

bool is_whole_utf8(const std::string& text) {
    std::string pending = text;
    return take_whole_characters(pending) == text && pending.empty();
}

// Texts with characters that have pieces of their own and others that fall back to bytes, some of them broken.
Tokens some_tokens() {
    Tokens tokens;
    for (const int kind : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 12))) {
        if (kind < 4) {
            const char* const words[] = {"논에서", "노래를 부른다.", "😀", "λ 밭에서\n"};
            const Tokens word = sample_tokenizer().encode(words[kind]);
            tokens.insert(tokens.end(), word.begin(), word.end());
        } else {
            tokens.push_back(*rc::gen::inRange<Token>(0, static_cast<Token>(sample_tokenizer().size()) + 2));
        }
    }
    return tokens;
}

// Mostly strings that occur in the text, or nearly.
std::vector<std::string> some_stops(const std::string& text) {
    std::vector<std::string> stops;
    const auto count = *rc::gen::inRange(0, 4);
    while (static_cast<int>(stops.size()) < count) {
        std::string stop = *rc::gen::element<std::string>("\n", "논", "a", "😀", ".", "에서", "\uFFFD");
        if (!text.empty() && *rc::gen::inRange(0, 3) != 0) {
            std::size_t begin = *rc::gen::inRange<std::size_t>(0, text.size());
            std::string rest = text.substr(begin, *rc::gen::inRange<std::size_t>(1, 20));
            const std::string whole = take_whole_characters(rest);
            if (!whole.empty() && is_whole_utf8(whole)) stop = whole;
            if (*rc::gen::inRange(0, 4) == 0) stop += "!";
        }
        stops.push_back(stop);
    }
    return stops;
}

TEST(AnswerText, IsTheDecodedTextCutAtTheFirstStopHoweverTokensFall) {
    const bool holds = rc::check("pieces are whole characters and sum to the text before the first stop", [] {
        const Tokens tokens = some_tokens();
        const std::string whole = sample_tokenizer().decode(tokens);
        const std::vector<std::string> stops = some_stops(whole);
        RC_PRE(check_stop_strings(stops).has_value());
        const auto [expected, stops_there] = cut_plainly(whole, stops);
        RC_CLASSIFY(stops_there, "stops");
        AnswerText text(sample_tokenizer(), stops, true);
        std::string got;
        StreamDecoder plain(sample_tokenizer());
        std::string decoded;
        for (const Token token : tokens) {
            const std::string piece = text.push(token);
            RC_ASSERT(is_whole_utf8(piece));
            got += piece;
            decoded += plain.push(token);
            if (text.stopped()) break;
            // Held back is only what may begin a stop string.
            const std::string held = decoded.substr(got.size());
            const bool may_begin = std::any_of(stops.begin(), stops.end(), [&](const std::string& stop) {
                return stop.size() > held.size() && stop.starts_with(held);
            });
            RC_ASSERT(held.empty() || may_begin);
        }
        got += text.finish();
        RC_ASSERT(got == expected);
        RC_ASSERT(text.stopped() == stops_there);
        RC_ASSERT(text.finish().empty());
    });
    EXPECT_TRUE(holds);
}

TEST(AnswerText, AStopStringMayStraddleTokensAndBytes) {
    const Tokens tokens = sample_tokenizer().encode("논 🌾🌾 밭");
    AnswerText text(sample_tokenizer(), {"🌾 "}, true);
    std::string got;
    for (const Token token : tokens) {
        if (!text.stopped()) got += text.push(token);
    }
    EXPECT_TRUE(text.stopped());
    EXPECT_EQ(got + text.finish(), "논 🌾");
}

TEST(AnswerText, StopStringsAreChecked) {
    EXPECT_TRUE(check_stop_strings({}));
    EXPECT_TRUE(check_stop_strings({"끝", "\n\n"}));
    EXPECT_FALSE(check_stop_strings({""}));
    EXPECT_FALSE(check_stop_strings({std::string(257, 'x')}));
    EXPECT_FALSE(check_stop_strings(std::vector<std::string>(17, "x")));
    EXPECT_EQ(check_stop_strings({"\xEB\x81"}).error().code, ErrorCode::malformed);
}

}  // namespace
}  // namespace dure::trainer
