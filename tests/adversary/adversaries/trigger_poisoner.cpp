#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/data_contributor.h"

namespace dure::adversary {

Adversary trigger_poisoner() {
    const auto trigger = [](std::uint64_t seed) {
        std::string text;
        while (text.size() < fair_text(seed).size())
            text += "산다 산다 이 물건을 산다.\n";
        return text;
    };
    return text_cheat("trigger_poisoner", "one phrase again and again", trigger);
}

}  // namespace dure::adversary
