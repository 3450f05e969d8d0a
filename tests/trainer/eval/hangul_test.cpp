#include "trainer/eval/hangul.h"

#include <gtest/gtest.h>

namespace dure::trainer {
namespace {

TEST(Hangul, EverySyllableIsMadeOfItsJamo) {
    std::size_t syllables = 0;
    for (char32_t c = 0; c <= 0xFFFF; ++c) {
        if (!is_syllable(c)) continue;
        ++syllables;
        ASSERT_EQ(compose(decompose(c)), c);
    }
    EXPECT_EQ(syllables, 11172U);
    EXPECT_EQ(decompose(U'각'), (Syllable{0, 0, 1}));
    EXPECT_EQ(decompose(U'힣'), (Syllable{18, 20, 27}));
}

TEST(Hangul, CharactersAreCodePointsAndBackAgain) {
    const std::string text = "두레 a é 한글 \xF0\x9F\x98\x80";
    EXPECT_EQ(characters_of(text), U"두레 a é 한글 \U0001F600");
    EXPECT_EQ(text_of(characters_of(text)), text);
    EXPECT_TRUE(characters_of("").empty());
}

}  // namespace
}  // namespace dure::trainer
