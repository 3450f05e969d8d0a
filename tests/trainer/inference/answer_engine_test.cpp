#include "trainer/inference/answer_engine.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/trainer/inference/sample_tokenizer.h"
#include "tests/trainer/support.h"
#include "trainer/model/initialize.h"
#include "trainer/text/utf8.h"

namespace dure::trainer {
namespace {

using testing::fastest_machine;
using testing::Numbers;
using testing::sample_tokenizer;

struct Model {
    ModelConfig config = testing::tiny_model();
    std::vector<float> parameters;

    Model() {
        config.vocab = config.active_vocab = sample_tokenizer().size();
        parameters = initialize_parameters(config, 1);
        Numbers numbers(2);
        for (float& p : parameters)
            p += 0.5F * numbers.unit();
    }
};

Tokens prompt_of(const std::string& text) {
    Tokens tokens{k_begin_token};
    const Tokens words = sample_tokenizer().encode(text);
    tokens.insert(tokens.end(), words.begin(), words.end());
    return tokens;
}

struct Answer {
    std::string text;
    Tokens tokens;
    std::optional<FinishReason> finish;
};

std::map<RequestId, Answer> run(AnswerEngine& engine) {
    std::map<RequestId, Answer> answers;
    while (!engine.engine().idle()) {
        for (const AnswerPart& part : engine.step()) {
            Answer& answer = answers[part.request];
            EXPECT_FALSE(answer.finish) << "nothing comes after the end";
            answer.text += part.text;
            if (part.token) answer.tokens.push_back(*part.token);
            answer.finish = part.finish;
        }
    }
    return answers;
}

TEST(AnswerEngine, TextGoesOnBehindThePrompt) {
    const Model model;
    const auto machine = fastest_machine();
    AnswerEngine engine =
        *AnswerEngine::create(*machine.kernels, model.config, model.parameters, sample_tokenizer(), {});
    std::map<RequestId, Tokens> prompts;
    for (const char* text : {"농부가", "아이가 논에서\n", "", "한 번도 없던 말 😀"}) {
        AnswerRequest request;
        request.tokens.prompt = prompt_of(text);
        request.tokens.params.max_tokens = 30;
        request.tokens.params.seed = 5;
        const Tokens prompt = request.tokens.prompt;
        prompts.emplace(*engine.add(std::move(request)), prompt);
    }
    for (const auto& [id, answer] : run(engine)) {
        Tokens all = prompts.at(id);
        const std::string before = sample_tokenizer().decode(all);
        all.insert(all.end(), answer.tokens.begin(), answer.tokens.end());
        EXPECT_EQ(before + answer.text, sample_tokenizer().decode(all));
        EXPECT_TRUE(answer.finish);
    }
}

TEST(AnswerEngine, AStopStringEndsTheRequestAndIsNotPartOfTheText) {
    const Model model;
    const auto machine = fastest_machine();
    AnswerEngine engine =
        *AnswerEngine::create(*machine.kernels, model.config, model.parameters, sample_tokenizer(), {});
    AnswerRequest request;
    request.tokens.prompt = prompt_of("농부가");
    request.tokens.params.max_tokens = 50;
    request.tokens.params.seed = 3;
    request.tokens.params.stop_tokens.clear();
    static_cast<void>(engine.add(request));
    const Answer whole = run(engine).begin()->second;
    EXPECT_EQ(whole.finish, FinishReason::length);
    EXPECT_EQ(whole.tokens.size(), 50U);
    // Two characters from the middle; where they first occur is where it must end.
    std::size_t at = whole.text.size() / 2;
    while ((static_cast<unsigned char>(whole.text[at]) & 0xC0U) == 0x80U)
        --at;
    std::string rest = whole.text.substr(at, 4);
    const std::string stop = take_whole_characters(rest);
    ASSERT_FALSE(stop.empty());
    request.stops = {stop};
    static_cast<void>(engine.add(request));
    const Answer stopped = run(engine).begin()->second;
    EXPECT_EQ(stopped.finish, FinishReason::stop);
    EXPECT_EQ(stopped.text, whole.text.substr(0, whole.text.find(stop)));
    EXPECT_LT(stopped.tokens.size(), whole.tokens.size());
    EXPECT_EQ(engine.engine().cache_positions_in_use(), 0);
    request.stops = {""};
    EXPECT_FALSE(engine.add(request));
    EXPECT_TRUE(engine.engine().idle());
}

}  // namespace
}  // namespace dure::trainer
