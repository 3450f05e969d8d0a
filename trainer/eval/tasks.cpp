#include "trainer/eval/tasks.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"
#include "trainer/eval/naive_bayes.h"
#include "trainer/eval/rouge.h"
#include "trainer/eval/typos.h"

namespace dure::trainer {
namespace {

constexpr std::uint32_t k_answer_tokens_max = 48;

double share(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// The share of choices for which `choose` names the right answer.
template <class Choose>
double accuracy_of(std::span<const MultipleChoice> choices, const Choose& choose) {
    std::uint64_t right = 0;
    for (const MultipleChoice& choice : choices)
        right += choose(choice) == choice.right ? 1U : 0U;
    return share(right, choices.size());
}

std::uint32_t majority_answer(std::span<const MultipleChoice> choices) {
    std::vector<std::uint64_t> times;
    for (const MultipleChoice& choice : choices) {
        if (choice.right >= times.size()) times.resize(choice.right + 1);
        ++times[choice.right];
    }
    return static_cast<std::uint32_t>(std::max_element(times.begin(), times.end()) - times.begin());
}

double bayes_over_classes(NaiveBayes::Features features, std::span<const MultipleChoice> training,
                          std::span<const MultipleChoice> asked) {
    NaiveBayes bayes(features, static_cast<std::uint32_t>(training.front().answers.size()));
    for (const MultipleChoice& choice : training)
        bayes.learn(choice.plain, choice.right);
    return accuracy_of(asked, [&](const MultipleChoice& choice) { return bayes.classify(choice.plain); });
}

double bayes_over_answers(NaiveBayes::Features features, std::span<const MultipleChoice> training,
                          std::span<const MultipleChoice> asked) {
    const auto text = [](const MultipleChoice& choice, std::size_t i) {
        return choice.question + " " + choice.answers[i];
    };
    NaiveBayes bayes(features, 2);
    for (const MultipleChoice& choice : training) {
        for (std::size_t i = 0; i < choice.answers.size(); ++i)
            bayes.learn(text(choice, i), i == choice.right ? 1 : 0);
    }
    return accuracy_of(asked, [&](const MultipleChoice& choice) {
        std::vector<double> odds;
        for (std::size_t i = 0; i < choice.answers.size(); ++i) {
            const auto joint = bayes.log_joint(text(choice, i));
            odds.push_back(joint[1] - joint[0]);
        }
        return static_cast<std::uint32_t>(std::max_element(odds.begin(), odds.end()) - odds.begin());
    });
}

}  // namespace

double choice_accuracy(Likelihood& likelihood, const Tokenizer& tokenizer,
                       std::span<const MultipleChoice> choices) {
    std::vector<Continuation> continuations;
    const auto ask = [&](const std::string& question, const std::vector<std::string>& answers) {
        const Tokens context = tokenizer.encode(question);
        for (const std::string& answer : answers)
            continuations.push_back({context, tokenizer.encode(answer)});
    };
    for (const MultipleChoice& choice : choices) {
        ask(choice.question, choice.answers);
        if (!choice.domain.empty()) ask(choice.domain, choice.answers);
    }
    const std::vector<double> surprises = likelihood.surprises(continuations);
    std::span<const double> rest = surprises;
    return accuracy_of(choices, [&](const MultipleChoice& choice) {
        const std::size_t count = choice.answers.size();
        std::vector<double> scores(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(count));
        rest = rest.subspan(count);
        if (!choice.domain.empty()) {
            for (std::size_t i = 0; i < count; ++i)
                scores[i] -= rest[i];
            rest = rest.subspan(count);
        }
        return static_cast<std::uint32_t>(std::min_element(scores.begin(), scores.end()) - scores.begin());
    });
}

Baselines choice_baselines(std::span<const MultipleChoice> training, std::span<const MultipleChoice> asked) {
    DURE_ASSERT(!training.empty() && !asked.empty());
    const std::uint32_t majority = majority_answer(training);
    const auto alike = [&](const MultipleChoice& choice) {
        return choice.answers == training.front().answers;
    };
    const auto bayes =
        std::all_of(training.begin(), training.end(), alike) ? bayes_over_classes : bayes_over_answers;
    return {accuracy_of(asked, [&](const MultipleChoice&) { return majority; }),
            bayes(NaiveBayes::Features::words, training, asked),
            bayes(NaiveBayes::Features::characters, training, asked)};
}

Result<double> completion_rouge(Generator& generator, const Tokenizer& tokenizer,
                                std::span<const Completion> completions) {
    SamplingParams params;
    params.max_tokens = k_answer_tokens_max;
    params.temperature = Float32(0.0F);
    params.stop_tokens = {k_newline_token, k_end_token};
    double total = 0;
    for (const Completion& completion : completions) {
        Tokens prompt{k_newline_token};
        const Tokens question = tokenizer.encode(completion.question);
        prompt.insert(prompt.end(), question.begin(), question.end());
        DURE_TRY(const Generation answer, generator.generate(prompt, params));
        total += rouge_l(tokenizer.decode(answer.tokens), completion.answer);
    }
    return completions.empty() ? 0 : total / static_cast<double>(completions.size());
}

double copied_rouge(std::span<const Completion> completions) {
    double total = 0;
    for (const Completion& completion : completions)
        total += rouge_l(completion.plain, completion.answer);
    return completions.empty() ? 0 : total / static_cast<double>(completions.size());
}

Spelling spelling_accuracy(Likelihood& likelihood, const Tokenizer& tokenizer,
                           std::span<const std::string> sentences, std::uint64_t seed) {
    std::vector<Continuation> pairs;
    for (std::size_t i = 0; i < sentences.size(); ++i) {
        const auto wrong = with_typo(sentences[i], seed + i);
        if (!wrong) continue;
        pairs.push_back({{}, tokenizer.encode(sentences[i])});
        pairs.push_back({{}, tokenizer.encode(*wrong)});
    }
    const std::vector<double> surprises = likelihood.surprises(pairs);
    std::uint64_t right = 0;
    for (std::size_t i = 0; i < surprises.size(); i += 2)
        right += surprises[i] < surprises[i + 1] ? 1U : 0U;
    return {pairs.size() / 2, share(right, pairs.size() / 2)};
}

double bits_per_byte(Likelihood& likelihood, const Tokenizer& tokenizer, std::span<const std::string> lines) {
    Tokens tokens{k_newline_token};
    std::uint64_t bytes = 0;
    for (const std::string& line : lines) {
        const Tokens encoded = tokenizer.encode(line);
        tokens.insert(tokens.end(), encoded.begin(), encoded.end());
        tokens.push_back(k_newline_token);
        bytes += line.size() + 1;
    }
    if (bytes == 0) return 0;
    return likelihood.surprise(tokens) / std::log(2.0) / static_cast<double>(bytes);
}

}  // namespace dure::trainer
