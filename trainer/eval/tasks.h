// What a model can do, as numbers between 0 and 1 (and bits per byte), and what counting words or characters
// can do with the same examples.
//
// Not here: which examples are trained on and which are asked (draws.h has the hold-out; docs/evaluation.md
// says which), and files.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "trainer/eval/korean_sets.h"
#include "trainer/eval/likelihood.h"
#include "trainer/inference/generator.h"
#include "trainer/text/tokenizer.h"

namespace dure::trainer {

/// The share of choices whose right answer the model chooses: the likeliest continuation of the question, or,
/// where the choice has a domain, the one whose likelihood the question raises most above that behind the
/// domain alone (domain-conditional pointwise mutual information: Holtzman et al., "Surface Form Competition",
/// EMNLP 2021). Without that, answers of their own would be chosen for being short and common. Needs a
/// tokenizer whose ids the model has, and choices.
double choice_accuracy(Likelihood& likelihood, const Tokenizer& tokenizer,
                       std::span<const MultipleChoice> choices);

/// The same share for three that cannot read.
struct Baselines {
    double majority = 0;    ///< always the answer that is right most often in training
    double words = 0;       ///< NaiveBayes over words
    double characters = 0;  ///< NaiveBayes over 2- to 4-grams of characters
};

/// Where all choices have the same answers, naive Bayes classifies `plain`; else it learns which answers are
/// right from question and answer together, and chooses the one with the best odds. Needs choices in both.
Baselines choice_baselines(std::span<const MultipleChoice> training, std::span<const MultipleChoice> asked);

/// The mean ROUGE-L of the model's greedy answers. Errors: those of Generator::generate.
Result<double> completion_rouge(Generator& generator, const Tokenizer& tokenizer,
                                std::span<const Completion> completions);

/// The mean ROUGE-L of `plain` itself as the answer.
double copied_rouge(std::span<const Completion> completions);

/// The share of sentences that the model finds likelier than themselves with one typo (typos.h); those in
/// which none can be made do not count.
struct Spelling {
    std::uint64_t sentences = 0;
    double accuracy = 0;
};
Spelling spelling_accuracy(Likelihood& likelihood, const Tokenizer& tokenizer,
                           std::span<const std::string> sentences, std::uint64_t seed);

/// Bits of surprise per byte of the lines, each with its line feed.
double bits_per_byte(Likelihood& likelihood, const Tokenizer& tokenizer, std::span<const std::string> lines);

}  // namespace dure::trainer
