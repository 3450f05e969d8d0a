#include "trainer/eval/typos.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "trainer/eval/hangul.h"

namespace dure::trainer {
namespace {

std::set<std::u32string> all(std::u32string_view sentence, std::size_t place, Slip slip) {
    const auto found = slips_at(sentence, place, slip);
    return {found.begin(), found.end()};
}

TEST(Typos, FingersSlipToKeysThatTouch) {
    // ㄱ lies between ㄷ and ㅅ, above ㅇ and ㄹ; ㅏ between ㅓ and ㅣ, below ㅑ and ㅐ, above ㅡ.
    EXPECT_EQ(all(U"가", 0, Slip::neighbour_key),
              (std::set<std::u32string>{U"다", U"사", U"아", U"라", U"거", U"기", U"갸", U"개", U"그"}));
}

TEST(Typos, HabitsConfuseWhatSoundsAlike) {
    EXPECT_EQ(all(U"개", 0, Slip::like_sound), (std::set<std::u32string>{U"게"}));
    EXPECT_EQ(all(U"가", 0, Slip::like_sound), (std::set<std::u32string>{}));
    EXPECT_EQ(all(U"가", 0, Slip::shift), (std::set<std::u32string>{U"까"}));
    EXPECT_EQ(all(U"있", 0, Slip::shift), (std::set<std::u32string>{U"잇"}));
    EXPECT_EQ(all(U"각", 0, Slip::final_forgotten), (std::set<std::u32string>{U"가"}));
    EXPECT_EQ(all(U"먹어", 0, Slip::final_carried), (std::set<std::u32string>{U"머거"}));
    EXPECT_EQ(all(U"강이", 0, Slip::final_carried), (std::set<std::u32string>{}));
    EXPECT_EQ(all(U"먹다", 0, Slip::final_carried), (std::set<std::u32string>{}));
    EXPECT_EQ(all(U"a1", 0, Slip::neighbour_key), (std::set<std::u32string>{}));
    EXPECT_EQ(all(U"가", 1, Slip::shift), (std::set<std::u32string>{}));
}

TEST(Typos, OneMistakeChangesOneOrTwoSyllablesAndIsTheSameForTheSameSeed) {
    const std::string sentence = "아버지는 아침에 항상 운동을 하신다, 7 시에.";
    const std::u32string before = characters_of(sentence);
    std::set<std::string> different;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const auto wrong = with_typo(sentence, seed);
        ASSERT_TRUE(wrong);
        EXPECT_EQ(wrong, with_typo(sentence, seed));
        const std::u32string after = characters_of(*wrong);
        ASSERT_EQ(after.size(), before.size());
        int changed = 0;
        for (std::size_t i = 0; i < before.size(); ++i) {
            if (before[i] == after[i]) continue;
            ++changed;
            EXPECT_TRUE(is_syllable(before[i]) && is_syllable(after[i]));
        }
        EXPECT_TRUE(changed == 1 || changed == 2) << *wrong;
        different.insert(*wrong);
    }
    EXPECT_GT(different.size(), 100U);
}

TEST(Typos, WhereThereIsNoHangulThereIsNoMistake) {
    EXPECT_EQ(with_typo("plain words, 1234", 1), std::nullopt);
    EXPECT_EQ(with_typo("", 1), std::nullopt);
}

}  // namespace
}  // namespace dure::trainer
