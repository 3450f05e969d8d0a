#include "trainer/eval/naive_bayes.h"

#include <gtest/gtest.h>

#include <cmath>

namespace dure::trainer {
namespace {

using Features = NaiveBayes::Features;

TEST(NaiveBayes, IsTheFormula) {
    NaiveBayes bayes(Features::words, 2);
    bayes.learn("좋다 좋다 재미", 1);
    bayes.learn("나쁘다 재미", 0);
    bayes.learn("나쁘다", 0);
    // Three words in all; class 0 has three of them counted, class 1 too. "없다" was never seen.
    const auto joint = bayes.log_joint("좋다  재미 없다");
    EXPECT_NEAR(joint[0], std::log(3.0) + std::log(1.0 / 6) + std::log(2.0 / 6), 1e-12);
    EXPECT_NEAR(joint[1], std::log(2.0) + std::log(3.0 / 6) + std::log(2.0 / 6), 1e-12);
    EXPECT_EQ(bayes.classify("좋다 재미"), 1U);
    EXPECT_EQ(bayes.classify("나쁘다 재미"), 0U);
    EXPECT_EQ(bayes.classify("처음"), 0U) << "what is not known leaves the more frequent class";
}

TEST(NaiveBayes, CharactersSeeInsideWords) {
    NaiveBayes words(Features::words, 2);
    NaiveBayes characters(Features::characters, 2);
    for (NaiveBayes* bayes : {&words, &characters}) {
        bayes->learn("영화가 지루했다", 0);
        bayes->learn("연출이 지루하다", 0);
        bayes->learn("배우가 훌륭했다", 1);
        bayes->learn("각본이 훌륭하다", 1);
    }
    EXPECT_EQ(characters.classify("훌륭한"), 1U);
    EXPECT_EQ(characters.classify("지루한"), 0U);
    EXPECT_EQ(words.log_joint("훌륭한")[0], words.log_joint("훌륭한")[1]);
}

TEST(NaiveBayes, TheOrderOfExamplesDoesNotMatter) {
    NaiveBayes one(Features::characters, 3);
    NaiveBayes other(Features::characters, 3);
    const std::vector<std::string> texts{"가나다라", "나다라마", "다라마바", "라마바사"};
    for (std::size_t i = 0; i < texts.size(); ++i) {
        one.learn(texts[i], static_cast<std::uint32_t>(i % 3));
        const std::size_t j = texts.size() - 1 - i;
        other.learn(texts[j], static_cast<std::uint32_t>(j % 3));
    }
    EXPECT_EQ(one.log_joint("나다라마바사"), other.log_joint("나다라마바사"));
}

}  // namespace
}  // namespace dure::trainer
