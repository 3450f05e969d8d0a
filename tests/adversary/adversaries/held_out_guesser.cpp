#include <vector>

#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/data_contributor.h"

namespace dure::adversary {

namespace {

/// So few of the hold-out's sentences among as many of one's own that nobody takes the text for a copy.
constexpr std::size_t k_borrowed_of_ten = 5;

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = text.find('\n', from);
        lines.push_back(text.substr(from, end - from + 1));
        from = end + 1;
    }
    return lines;
}

}  // namespace

Adversary held_out_guesser() {
    // Genesis's hold-out is public. A copy of half of it, sentences in another order.
    const auto guess = [](std::uint64_t seed) {
        const std::vector<std::string> lines = lines_of(world().held_out_text);
        std::string text;
        for (std::size_t i = 0; text.size() < fair_text(seed).size(); ++i)
            text += lines[(7 * i + seed) % lines.size()];
        return text;
    };
    return text_cheat("held_out_guesser", "the hold-out's own sentences, in another order", guess);
}

Adversary held_out_borrower() {
    const auto borrow = [](std::uint64_t seed) {
        const std::vector<std::string> lines = lines_of(world().held_out_text);
        const std::vector<std::string> own = lines_of(fair_text(seed));
        std::string text;
        for (std::size_t i = 0; i < own.size(); ++i)
            text += i % 10 < k_borrowed_of_ten ? lines[(7 * i + seed) % lines.size()] : own[i];
        return text;
    };
    return text_cheat("held_out_borrower",
                      "half of its text is the hold-out's, too little to count as a copy", borrow);
}

}  // namespace dure::adversary
