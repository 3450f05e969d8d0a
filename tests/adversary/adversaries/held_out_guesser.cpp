#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/data_contributor.h"

namespace dure::adversary {

Adversary held_out_guesser() {
    // Genesis's hold-out is public. A copy of half of it, sentences in another order.
    const auto guess = [](std::uint64_t seed) {
        const std::string& held_out = world().held_out_text;
        std::vector<std::string> lines;
        for (std::size_t from = 0; from < held_out.size();) {
            const std::size_t end = held_out.find('\n', from);
            lines.push_back(held_out.substr(from, end - from + 1));
            from = end + 1;
        }
        std::string text;
        for (std::size_t i = 0; text.size() < fair_text(seed).size(); ++i)
            text += lines[(7 * i + seed) % lines.size()];
        return text;
    };
    return text_cheat("held_out_guesser", "the hold-out's own sentences, in another order", guess);
}

}  // namespace dure::adversary
