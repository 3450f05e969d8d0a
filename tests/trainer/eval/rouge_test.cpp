#include "trainer/eval/rouge.h"

#include <gtest/gtest.h>

namespace dure::trainer {
namespace {

TEST(RougeL, CountsTheLongestCommonSubsequenceOfCharacters) {
    EXPECT_EQ(rouge_l("에어컨 끄기", "에어컨끄기"), 1.0);
    EXPECT_EQ(rouge_l("가나다", "라마바"), 0.0);
    EXPECT_EQ(rouge_l("", "가"), 0.0);
    EXPECT_EQ(rouge_l("가", ""), 0.0);
    EXPECT_DOUBLE_EQ(rouge_l("가나다라", "가라"), 2.0 * 2 / 6);
    EXPECT_DOUBLE_EQ(rouge_l("나가", "가나"), 2.0 * 1 / 4);
    EXPECT_DOUBLE_EQ(rouge_l("오늘 체감온도", "오늘의 온도"), rouge_l("오늘의 온도", "오늘 체감온도"));
}

}  // namespace
}  // namespace dure::trainer
