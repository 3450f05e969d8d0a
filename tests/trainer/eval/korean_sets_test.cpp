#include "trainer/eval/korean_sets.h"

#include <gtest/gtest.h>

#include "trainer/eval/draws.h"

namespace dure::trainer {
namespace {

TEST(KoreanSets, ReviewsAskForTheirSentiment) {
    const auto choices = read_nsmc("1\t2\t1\t아주  좋다\n\n3\t4\t0\t지루함 \r\n");
    ASSERT_TRUE(choices) << choices.error().message;
    ASSERT_EQ(choices->size(), 2U);
    EXPECT_EQ((*choices)[0], (MultipleChoice{"아주 좋다 감정:", {"부정", "긍정"}, 1, "아주 좋다", "2"}));
    EXPECT_EQ((*choices)[1], (MultipleChoice{"지루함 감정:", {"부정", "긍정"}, 0, "지루함", "4"}));
}

TEST(KoreanSets, InferenceAsksForTheRelation) {
    const auto choices = read_klue_nli("entailment\t비가 온다.\t땅이 젖는다.\ncontradiction\t가\t나\n");
    ASSERT_TRUE(choices) << choices.error().message;
    EXPECT_EQ((*choices)[0].question, "전제: 비가 온다. 가설: 땅이 젖는다. 관계:");
    EXPECT_EQ((*choices)[0].answers[(*choices)[0].right], "함의");
    EXPECT_EQ((*choices)[1].answers[(*choices)[1].right], "모순");
}

TEST(KoreanSets, CausesAndEffectsAreChosenAmongSentences) {
    const auto choices = read_kobest_copa(
        "ID\tsentence\tquestion\t1\t2\tAnswer\n"
        "1\t비가 왔다.\t결과\t땅이 젖었다.\t땅이 말랐다.\t1\n"
        "2\t땅이 젖었다.\t원인 \t해가 떴다.\t비가 왔다.\t2\n");
    ASSERT_TRUE(choices) << choices.error().message;
    ASSERT_EQ(choices->size(), 2U);
    EXPECT_EQ(
        (*choices)[0],
        (MultipleChoice{
            "비가 왔다. 그래서", {"땅이 젖었다.", "땅이 말랐다."}, 0, "비가 왔다.", "비가 왔다.", "그래서"}));
    EXPECT_EQ((*choices)[1].question, "땅이 젖었다. 왜냐하면");
    EXPECT_EQ((*choices)[1].domain, "왜냐하면");
    EXPECT_EQ((*choices)[1].right, 1U);
}

TEST(KoreanSets, RequestsAskForAFewWords) {
    const auto completions = read_sae4k("에어컨을 꺼 줘\t에어컨 끄기\t4\n");
    ASSERT_TRUE(completions) << completions.error().message;
    EXPECT_EQ((*completions)[0],
              (Completion{"에어컨을 꺼 줘 요약:", "에어컨 끄기", "에어컨을 꺼 줘", "에어컨 끄기"}));
}

TEST(KoreanSets, ErrorsNameTheLine) {
    const auto message = [](const auto& result) { return result ? std::string() : result.error().message; };
    EXPECT_EQ(message(read_nsmc("1\t2\t1\t좋다\n1\t2\t1\n")),
              "line 2: 3 fields stand in it, but 4 are needed, with tabs between them");
    EXPECT_EQ(message(read_nsmc("1\t2\t7\t좋다\n")), "line 1: the label is \"7\"");
    EXPECT_EQ(message(read_nsmc("1\t2\t1\t \n")), "line 1: a text is empty");
    EXPECT_NE(message(read_nsmc("1\t2\t1\t\xFF\n")), "");
    EXPECT_EQ(message(read_klue_nli("maybe\t가\t나\n")), "line 1: the label is \"maybe\"");
    EXPECT_EQ(message(read_kobest_copa("h\n1\t가\t언제\t나\t다\t1\n")), "line 2: the label is \"언제\"");
    EXPECT_NE(message(read_sae4k("하나\t둘\n")), "");
    EXPECT_TRUE(read_nsmc("")->empty());
}

TEST(KoreanSets, LabelledLinesAreReadBackAndAreOrdinaryText) {
    const std::string line = labelled_line("좋다 감정:", "긍정");
    const auto read = read_labelled_text(line);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, (std::vector<Completion>{{"좋다 감정:", "긍정", "좋다 감정:", "좋다 감정:"}}));
    EXPECT_EQ(read_lines(line)->front(), "좋다 감정: 긍정");
    EXPECT_FALSE(read_labelled_text("한 문장\n"));
}

TEST(KoreanSets, LinesAreInNormalForm) {
    const auto lines = read_lines("하나  둘\r\n\n 셋");
    ASSERT_TRUE(lines);
    EXPECT_EQ(*lines, (std::vector<std::string>{"하나 둘", "셋"}));
}

TEST(HeldOut, TakesItsShareAndAlwaysTheSame) {
    int held = 0;
    for (int i = 0; i < 10000; ++i) {
        const std::string key = "문장 " + std::to_string(i);
        held += is_held_out(key, 50) ? 1 : 0;
        ASSERT_EQ(is_held_out(key, 50), is_held_out(key, 50));
        ASSERT_TRUE(is_held_out(key, 1));
    }
    EXPECT_NEAR(held, 200, 50);
}

}  // namespace
}  // namespace dure::trainer
