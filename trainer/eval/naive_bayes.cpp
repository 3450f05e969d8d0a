#include "trainer/eval/naive_bayes.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"
#include "trainer/eval/hangul.h"

namespace dure::trainer {
namespace {

constexpr std::size_t k_shortest_gram = 2;
constexpr std::size_t k_longest_gram = 4;

// FNV-1a over the characters: a feature is named by it. Two features of one name are rare enough.
std::uint64_t name_of(std::u32string_view feature) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const char32_t c : feature)
        hash = (hash ^ c) * 0x100000001B3U;
    return hash;
}

void add_words(std::vector<std::uint64_t>& features, std::u32string_view text) {
    while (!text.empty()) {
        const std::size_t length = std::min(text.find(U' '), text.size());
        if (length > 0) features.push_back(name_of(text.substr(0, length)));
        text.remove_prefix(std::min(length + 1, text.size()));
    }
}

void add_grams(std::vector<std::uint64_t>& features, std::u32string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (std::size_t n = k_shortest_gram; n <= k_longest_gram && at + n <= text.size(); ++n)
            features.push_back(name_of(text.substr(at, n)));
    }
}

}  // namespace

NaiveBayes::NaiveBayes(Features features, std::uint32_t classes)
    : features_(features), examples_(classes, 0), totals_(classes, 0) {
    DURE_ASSERT(classes > 0);
}

std::vector<std::uint64_t> NaiveBayes::features_of(std::string_view text) const {
    std::vector<std::uint64_t> features;
    const std::u32string characters = characters_of(text);
    if (features_ == Features::words) {
        add_words(features, characters);
    } else {
        add_grams(features, characters);
    }
    return features;
}

void NaiveBayes::learn(std::string_view text, std::uint32_t cls) {
    DURE_ASSERT(cls < examples_.size());
    ++examples_[cls];
    for (const std::uint64_t feature : features_of(text)) {
        auto& counts = counts_[feature];
        counts.resize(examples_.size());
        ++counts[cls];
        ++totals_[cls];
    }
}

std::vector<double> NaiveBayes::log_joint(std::string_view text) const {
    std::vector<double> joint(examples_.size());
    const std::vector<std::uint64_t> features = features_of(text);
    for (std::size_t cls = 0; cls < joint.size(); ++cls) {
        joint[cls] = std::log(static_cast<double>(examples_[cls] + 1));
        const double total = std::log(static_cast<double>(totals_[cls] + counts_.size()));
        for (const std::uint64_t feature : features) {
            const auto found = counts_.find(feature);
            if (found != counts_.end()) joint[cls] += std::log(found->second[cls] + 1.0) - total;
        }
    }
    return joint;
}

std::uint32_t NaiveBayes::classify(std::string_view text) const {
    const std::vector<double> joint = log_joint(text);
    return static_cast<std::uint32_t>(std::max_element(joint.begin(), joint.end()) - joint.begin());
}

}  // namespace dure::trainer
