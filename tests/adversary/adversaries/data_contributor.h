// A cheat with a text, against an honest contributor whose text has as many bytes.
#pragma once

#include "tests/adversary/cast.h"
#include "tests/adversary/world.h"

namespace dure::adversary {

inline std::string fair_text(std::uint64_t seed) {
    return sentences(500'000 + seed, 40);
}

/// `make_text(seed)` is what the cheat offers.
template <class F>
Adversary text_cheat(std::string name, std::string what, F make_text) {
    const auto bring = [](Cast& cast, std::string text) {
        cast.watched = {cast.members.size()};
        MemberOptions member;
        member.texts = {std::move(text)};
        cast.members.push_back(std::move(member));
    };
    return {.name = std::move(name),
            .what = std::move(what),
            .enter = [bring, make_text](Cast& cast) { bring(cast, make_text(cast.seed)); },
            .honest = [bring](Cast& cast) { bring(cast, fair_text(cast.seed)); }};
}

}  // namespace dure::adversary
