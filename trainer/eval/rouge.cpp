#include "trainer/eval/rouge.h"

#include <algorithm>
#include <string>
#include <vector>

#include "trainer/eval/hangul.h"

namespace dure::trainer {
namespace {

std::u32string visible_characters(std::string_view text) {
    std::u32string characters = characters_of(text);
    const auto blank = [](char32_t c) { return c == U' ' || c == U'\n'; };
    characters.erase(std::remove_if(characters.begin(), characters.end(), blank), characters.end());
    return characters;
}

std::size_t longest_common_subsequence(std::u32string_view a, std::u32string_view b) {
    std::vector<std::size_t> longest(b.size() + 1, 0);  // for the read part of a and each prefix of b
    for (const char32_t c : a) {
        std::size_t diagonal = 0;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t above = longest[j + 1];
            longest[j + 1] = c == b[j] ? diagonal + 1 : std::max(above, longest[j]);
            diagonal = above;
        }
    }
    return longest.back();
}

}  // namespace

double rouge_l(std::string_view summary, std::string_view reference) {
    const std::u32string a = visible_characters(summary);
    const std::u32string b = visible_characters(reference);
    if (a.empty() || b.empty()) return 0;
    const auto common = static_cast<double>(longest_common_subsequence(a, b));
    return 2 * common / static_cast<double>(a.size() + b.size());
}

}  // namespace dure::trainer
