#include "trainer/eval/tasks.h"

#include <gtest/gtest.h>

#include "tests/trainer/support.h"
#include "trainer/model/initialize.h"
#include "trainer/model/optimizer.h"
#include "trainer/model/transformer.h"

namespace dure::trainer {
namespace {

// A tokenizer of a small text, and a model that has learned one of its lines by heart.
class Tasks : public ::testing::Test {
  protected:
    static constexpr std::string_view k_line = "오늘 영화는 정말 좋다 감정: 긍정";

    Tasks() : machine_(testing::fastest_machine()), tokenizer_(make_tokenizer()) {
        config_ = testing::tiny_model();
        config_.vocab = config_.active_vocab = tokenizer_.size();
        parameters_ = initialize_parameters(config_, 3);
        Tokens window{k_newline_token};
        const Tokens line = tokenizer_.encode(k_line);
        window.insert(window.end(), line.begin(), line.end());
        window.push_back(k_newline_token);
        window.resize(k_sequence + 1, unpredicted(k_newline_token));
        TrainConfig train = testing::tiny_training();
        train.steps = 150;
        Transformer transformer(*machine_.kernels, config_, k_sequence, Transformer::Use::gradients);
        std::vector<float> gradient(parameters_.size());
        std::vector<float> losses(k_sequence);
        Moments moments(parameters_.size());
        for (std::uint32_t step = 1; step <= train.steps; ++step) {
            transformer.gradient(gradient, losses, parameters_, window);
            adamw_step(*machine_.kernels, transformer.layout(), train, step, parameters_, moments, gradient);
        }
    }

    static Tokenizer make_tokenizer() {
        std::string text;
        for (int i = 0; i < 20; ++i)
            text += std::string(k_line) + "\n어제 음식은 아주 나쁘다 감정: 부정\n";
        return *Tokenizer::load(*Tokenizer::train(text, 400));
    }

    static constexpr std::uint32_t k_sequence = 32;
    testing::Machine machine_;
    Tokenizer tokenizer_;
    ModelConfig config_;
    std::vector<float> parameters_;
};

TEST_F(Tasks, ChoicesAreJudgedByLikelihood) {
    Likelihood likelihood(*machine_.kernels, config_, parameters_);
    const MultipleChoice known{"오늘 영화는 정말 좋다 감정:", {"부정", "긍정"}, 1, "", ""};
    MultipleChoice wrong = known;
    wrong.right = 0;
    EXPECT_EQ(choice_accuracy(likelihood, tokenizer_, std::vector{known}), 1.0);
    EXPECT_EQ(choice_accuracy(likelihood, tokenizer_, std::vector{wrong}), 0.0);
    EXPECT_EQ(choice_accuracy(likelihood, tokenizer_, std::vector{known, wrong, known, known}), 0.75);
}

TEST_F(Tasks, BehindADomainOnlyWhatTheQuestionAddsCounts) {
    Likelihood likelihood(*machine_.kernels, config_, parameters_);
    const std::string question = "오늘 영화는 정말 좋다 감정:";
    const MultipleChoice adds{question, {"부정", "긍정"}, 1, "", "", "어제"};
    // Nothing is added to what stands there already, so that the first answer ties with the likelier one.
    const MultipleChoice adds_nothing{question, {"부정", "긍정"}, 0, "", "", question};
    const MultipleChoice without{question, {"부정", "긍정"}, 1, "", ""};
    EXPECT_EQ(choice_accuracy(likelihood, tokenizer_, std::vector{adds, adds_nothing, without, adds}), 1.0);
}

TEST_F(Tasks, GreedyAnswersEndWithTheLine) {
    auto generator = *Generator::create(*machine_.kernels, config_, parameters_);
    const std::vector<Completion> known{{"오늘 영화는", "정말 좋다 감정: 긍정", "오늘 영화는", ""}};
    const auto rouge = completion_rouge(generator, tokenizer_, known);
    ASSERT_TRUE(rouge) << rouge.error().message;
    EXPECT_EQ(*rouge, 1.0);
    EXPECT_LT(copied_rouge(known), 0.5);
}

TEST_F(Tasks, WhatWasLearnedIsLikelierThanItselfMistyped) {
    Likelihood likelihood(*machine_.kernels, config_, parameters_);
    const std::vector<std::string> sentences{std::string(k_line), "no hangul", std::string(k_line)};
    const Spelling spelling = spelling_accuracy(likelihood, tokenizer_, sentences, 1);
    EXPECT_EQ(spelling.sentences, 2U);
    EXPECT_EQ(spelling.accuracy, 1.0);
}

TEST_F(Tasks, BitsPerByteAreLowForWhatIsKnown) {
    Likelihood likelihood(*machine_.kernels, config_, parameters_);
    const double known = bits_per_byte(likelihood, tokenizer_, std::vector{std::string(k_line)});
    const double unknown =
        bits_per_byte(likelihood, tokenizer_, std::vector<std::string>{"좋다 정말 영화는 오늘"});
    EXPECT_LT(known, 0.3);
    EXPECT_GT(unknown, 2 * known);
    EXPECT_EQ(bits_per_byte(likelihood, tokenizer_, {}), 0.0);
}

TEST(ChoiceBaselines, ClassesAreLearnedFromWhatTheQuestionIsAbout) {
    const std::vector<std::string> answers{"부정", "긍정"};
    const std::vector<MultipleChoice> training{{"", answers, 1, "좋은 영화", ""},
                                               {"", answers, 1, "좋은 배우", ""},
                                               {"", answers, 0, "나쁜 각본", ""}};
    const std::vector<MultipleChoice> asked{{"", answers, 1, "좋은 각본", ""},
                                            {"", answers, 0, "나쁜 영화", ""}};
    const Baselines baselines = choice_baselines(training, asked);
    EXPECT_EQ(baselines.majority, 0.5);
    EXPECT_EQ(baselines.words, 1.0);
    EXPECT_EQ(baselines.characters, 1.0);
}

TEST(ChoiceBaselines, AnswersOfTheirOwnAreLearnedAsRightOrWrong) {
    const std::vector<MultipleChoice> training{{"비 그래서", {"젖었다", "말랐다"}, 0, "비", ""},
                                               {"물 그래서", {"말랐다", "젖었다"}, 1, "물", ""},
                                               {"비 그래서", {"젖었다", "탔다"}, 0, "비", ""}};
    const std::vector<MultipleChoice> asked{{"눈 그래서", {"탔다", "젖었다"}, 1, "눈", ""}};
    const Baselines baselines = choice_baselines(training, asked);
    EXPECT_EQ(baselines.majority, 0.0);
    EXPECT_EQ(baselines.words, 1.0);
    EXPECT_EQ(baselines.characters, 1.0);
}

}  // namespace
}  // namespace dure::trainer
