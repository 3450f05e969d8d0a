// Characters of a text as numbers, and Hangul syllables as the jamo they are typed with (Unicode 15.0, 3.12).
//
// Promises: compose and decompose are inverse to each other on the 11,172 syllables. Not here: normalization
// (trainer/text), which makes a text valid UTF-8 and composed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dure::trainer {

/// The code points of valid UTF-8.
std::u32string characters_of(std::string_view text);
/// Their UTF-8. Needs code points that are no surrogates.
std::string text_of(std::u32string_view characters);

/// A syllable's jamo by their places in Unicode's order.
struct Syllable {
    std::uint32_t initial = 0;  ///< below 19
    std::uint32_t medial = 0;   ///< below 21
    std::uint32_t final = 0;    ///< below 28; 0: none

    friend bool operator==(const Syllable&, const Syllable&) = default;
};

inline constexpr std::uint32_t k_initials = 19;
inline constexpr std::uint32_t k_medials = 21;
inline constexpr std::uint32_t k_finals = 28;

bool is_syllable(char32_t character);
/// Needs is_syllable(character).
Syllable decompose(char32_t character);
char32_t compose(const Syllable& syllable);

}  // namespace dure::trainer
