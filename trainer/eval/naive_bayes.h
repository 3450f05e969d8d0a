// Multinomial naive Bayes over words or over 2- to 4-grams of characters: the yardstick that a language model
// of this size is measured with. (McCallum, Nigam 1998; counts are smoothed by one.)
//
// Promise: the same examples in any order give the same answers. Not here: tokenizers; a word is what blanks
// separate.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dure::trainer {

class NaiveBayes {
  public:
    enum class Features : std::uint8_t { words, characters };

    NaiveBayes(Features features, std::uint32_t classes);

    /// Needs cls < classes.
    void learn(std::string_view text, std::uint32_t cls);
    /// The logarithm of P(class) P(text | class) for each class, over features seen in learning.
    std::vector<double> log_joint(std::string_view text) const;
    /// The likeliest class, the lowest among equals.
    std::uint32_t classify(std::string_view text) const;

  private:
    std::vector<std::uint64_t> features_of(std::string_view text) const;

    Features features_;
    std::vector<std::uint64_t> examples_;                                   // [classes]
    std::vector<std::uint64_t> totals_;                                     // [classes]: features seen
    std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> counts_;  // by feature: [classes]
};

}  // namespace dure::trainer
