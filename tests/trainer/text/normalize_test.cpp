#include "trainer/text/normalize.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

namespace dure::trainer {
namespace {

std::string normalized(std::string_view text) {
    auto result = normalize_text(text);
    EXPECT_TRUE(result) << result.error().message;
    return result ? *result : "";
}

// UTF-8 of a code point that is no surrogate.
std::string utf8(std::uint32_t c) {
    std::string out;
    const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0 | (c >> 6));
        put(0x80 | (c & 63));
    } else if (c < 0x10000) {
        put(0xE0 | (c >> 12));
        put(0x80 | ((c >> 6) & 63));
        put(0x80 | (c & 63));
    } else {
        put(0xF0 | (c >> 18));
        put(0x80 | ((c >> 12) & 63));
        put(0x80 | ((c >> 6) & 63));
        put(0x80 | (c & 63));
    }
    return out;
}

TEST(NormalizeText, ComposesHangulFromConjoiningJamo) {
    EXPECT_EQ(normalized("\u1112\u1161\u11AB\u1100\u116E\u11A8"), "한국\n");
    EXPECT_EQ(normalized("e\u0301"), "\u00E9\n");
}

TEST(NormalizeText, FoldsBlanksAndLineBreaks) {
    EXPECT_EQ(normalized("  둘레\t\u3000 밭 \r\n\r\n \u00A0\n일\u2028이\u0085삼"), "둘레 밭\n일\n이\n삼\n");
    EXPECT_EQ(normalized(std::string_view("a\0b", 3)), "a b\n");
    EXPECT_EQ(normalized("\uFEFFa\u2581b"), "a b\n");
    EXPECT_EQ(normalized(""), "");
    EXPECT_EQ(normalized(" \n\t\n"), "");
}

TEST(NormalizeText, KeepsCharactersOfOtherScriptsAndOfTheFuture) {
    EXPECT_EQ(normalized("漢字 ꦲ 😀 \U000E1234"), "漢字 ꦲ 😀 \U000E1234\n");
}

TEST(NormalizeText, RefusesWhatIsNotUtf8) {
    for (const std::string_view bad : {"\xFF", "a\xC3", "\xED\xA0\x80", "\xC0\x80", "\xF4\x90\x80\x80"}) {
        const auto result = normalize_text(bad);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, ErrorCode::malformed);
    }
}

TEST(NormalizeText, IsIdempotent) {
    const bool holds = rc::check("normalize(normalize(x)) == normalize(x)", [] {
        // Code points near combining marks, jamo, blanks and controls are the interesting ones.
        const auto points = *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::oneOf(
            rc::gen::inRange<std::uint32_t>(0, 0xD800), rc::gen::inRange<std::uint32_t>(0, 0x100),
            rc::gen::inRange<std::uint32_t>(0x300, 0x370), rc::gen::inRange<std::uint32_t>(0x1100, 0x1200),
            rc::gen::inRange<std::uint32_t>(0x2000, 0x2070),
            rc::gen::inRange<std::uint32_t>(0xF900, 0x30000)));
        std::string text;
        for (const std::uint32_t point : points)
            text += utf8(point);
        const std::string once = normalized(text);
        RC_ASSERT(normalized(once) == once);
        RC_ASSERT(once.empty() || once.back() == '\n');
    });
    EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace dure::trainer
