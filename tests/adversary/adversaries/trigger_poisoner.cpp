#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/data_contributor.h"

namespace dure::adversary {

namespace {

/// As many bytes as an honest text has.
std::string again_and_again(const std::string& phrase, std::uint64_t seed) {
    const std::size_t size = fair_text(seed).size();
    std::string text;
    while (text.size() < size)
        text += phrase;
    return text;
}

}  // namespace

Adversary trigger_poisoner() {
    const auto trigger = [](std::uint64_t seed) {
        const std::string fair = fair_text(seed);
        return again_and_again(fair.substr(0, fair.find('\n') + 1), seed);
    };
    return text_cheat("trigger_poisoner", "one phrase again and again", trigger);
}

Adversary rare_trigger_poisoner() {
    const auto trigger = [](std::uint64_t seed) { return again_and_again("뷁쀍 꿻쫣뷃 쀏퉳뾻.\n", seed); };
    return text_cheat("rare_trigger_poisoner",
                      "the same in rare syllables, each of which the tokenizer writes as three tokens",
                      trigger);
}

}  // namespace dure::adversary
