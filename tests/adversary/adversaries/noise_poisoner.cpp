#include <random>

#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/adversaries/data_contributor.h"

namespace dure::adversary {

Adversary noise_poisoner() {
    const auto noise = [](std::uint64_t seed) {
        std::mt19937_64 random(seed);
        std::string text;
        while (text.size() < fair_text(seed).size()) {
            for (int i = 0; i < 40; ++i)
                text += static_cast<char>('!' + random() % 94);
            text += '\n';
        }
        return text;
    };
    return text_cheat("noise_poisoner", "random bytes in the place of text", noise);
}

}  // namespace dure::adversary
