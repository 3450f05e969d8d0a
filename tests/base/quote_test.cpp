#include "base/quote.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace dure {
namespace {

std::string marks(std::size_t count) {
    return "'" + std::string(count, '?') + "'";
}

TEST(Quote, KeepsPrintableTextOfAnyScript) {
    EXPECT_EQ(quote(""), "''");
    EXPECT_EQ(quote("dure1abc"), "'dure1abc'");
    EXPECT_EQ(quote("두레 🌾 é"), "'두레 🌾 é'");
}

TEST(Quote, ReplacesControlsAndMalformedBytes) {
    EXPECT_EQ(quote("a\n\x1b[31m\x7f"), "'a??[31m?'");
    EXPECT_EQ(quote(std::string_view("\0", 1)), "'?'");
    EXPECT_EQ(quote("\xff\xc0\x80"), marks(3));
    EXPECT_EQ(quote("\xed\xa0\x80"), marks(3)) << "a surrogate";
    EXPECT_EQ(quote("\xf4\x90\x80\x80"), marks(4)) << "beyond Unicode";
    EXPECT_EQ(quote("\xe0\x80\xaf"), marks(3)) << "overlong";
    EXPECT_EQ(quote("\xc2\x9b"), marks(2)) << "a C1 control";
    EXPECT_EQ(quote("\xeb\x91"), marks(2)) << "cut short";
}

TEST(Quote, CutsBetweenCharacters) {
    EXPECT_EQ(quote("abcdef", 3), "'abc…'");
    EXPECT_EQ(quote("두레", 6), "'두레'");
    EXPECT_EQ(quote("두레", 5), "'두…'");
    EXPECT_EQ(quote("두레", 2), "'…'");
}

RC_GTEST_PROP(Quote, IsBoundedAndHarmlessAndStable, (const std::string& text)) {
    const std::string quoted = quote(text, 16);
    RC_ASSERT(quoted.size() <= 16 + 2 + 3);
    for (const char c : quoted)
        RC_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    RC_ASSERT(quote(quoted, 1000) == "'" + quoted + "'");
}

}  // namespace
}  // namespace dure
