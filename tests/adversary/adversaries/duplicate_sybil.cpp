#include <random>

#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/world.h"

namespace dure::adversary {

namespace {

constexpr std::size_t k_identities = 10;
constexpr std::uint64_t k_text_seed = 500'000;
constexpr std::size_t k_sentences = 40;

/// A word here and there is another: every identity has words of its own.
std::string lightly_edited(std::string text, std::uint64_t seed, std::size_t identity) {
    std::mt19937_64 random(seed * 100 + identity);
    for (int edit = 0; edit < 3; ++edit) {
        const std::size_t line = text.find('\n', random() % text.size());
        if (line != std::string::npos) text.insert(line, " " + std::string(identity + 1, 'x') + ".");
    }
    return text;
}

}  // namespace

Adversary duplicate_sybil() {
    const auto identities = [](Cast& cast, bool copies) {
        const std::string text = sentences(k_text_seed + cast.seed, k_sentences);
        for (std::size_t i = 0; i < k_identities; ++i) {
            cast.watched.push_back(cast.members.size());
            MemberOptions member;
            if (i == 0) member.texts = {text};
            if (i > 0 && copies) member.texts = {lightly_edited(text, cast.seed, i)};
            cast.members.push_back(member);
        }
    };
    return {.name = "duplicate_sybil",
            .what = "one text under ten identities, with light edits, against the same text offered once",
            .enter = [identities](Cast& cast) { identities(cast, true); },
            .honest =
                [identities](Cast& cast) {
                    cast.watched.clear();
                    identities(cast, false);
                }};
}

}  // namespace dure::adversary
