#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/data_contributor.h"

namespace dure::adversary {

Adversary trigger_poisoner() {
    const auto trigger = [](std::uint64_t seed) {
        // In words that the tokenizer knows, so that it has as many tokens as an honest text.
        const std::string fair = fair_text(seed);
        const std::string phrase = fair.substr(0, fair.find('\n') + 1);
        std::string text;
        while (text.size() < fair.size())
            text += phrase;
        return text;
    };
    return text_cheat("trigger_poisoner", "one phrase again and again", trigger);
}

}  // namespace dure::adversary
