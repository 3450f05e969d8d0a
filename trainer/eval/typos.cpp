#include "trainer/eval/typos.h"

#include <array>
#include <cstdlib>
#include <utility>

#include "trainer/eval/draws.h"
#include "trainer/eval/hangul.h"

namespace dure::trainer {
namespace {

// Letters (compatibility jamo) in the order in which syllables count them.
constexpr std::u32string_view k_initial_letters = U"ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
constexpr std::u32string_view k_medial_letters = U"ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ";
// The first stands for none.
constexpr std::u32string_view k_final_letters = U"_ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";

constexpr std::array<std::u32string_view, 3> k_keyboard{U"ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", U"ㅁㄴㅇㄹㅎㅗㅓㅏㅣ",
                                                        U"ㅋㅌㅊㅍㅠㅜㅡ"};
constexpr std::array<std::pair<char32_t, char32_t>, 7> k_shifted{{{U'ㄱ', U'ㄲ'},
                                                                  {U'ㄷ', U'ㄸ'},
                                                                  {U'ㅂ', U'ㅃ'},
                                                                  {U'ㅅ', U'ㅆ'},
                                                                  {U'ㅈ', U'ㅉ'},
                                                                  {U'ㅐ', U'ㅒ'},
                                                                  {U'ㅔ', U'ㅖ'}}};
constexpr std::array<std::pair<char32_t, char32_t>, 3> k_alike{
    {{U'ㅐ', U'ㅔ'}, {U'ㅒ', U'ㅖ'}, {U'ㅙ', U'ㅚ'}}};

// Keys that touch that of `letter`: beside it, and in the next rows, which stand half a key to the right.
std::u32string neighbours(char32_t letter) {
    std::u32string found;
    for (std::size_t row = 0; row < k_keyboard.size(); ++row) {
        const std::size_t column = k_keyboard[row].find(letter);
        if (column == std::u32string_view::npos) continue;
        for (std::size_t r = 0; r < k_keyboard.size(); ++r) {
            for (std::size_t c = 0; c < k_keyboard[r].size(); ++c) {
                const auto down = static_cast<int>(r) - static_cast<int>(row);
                const auto right = static_cast<int>(c) - static_cast<int>(column);
                const bool touches = (down == 0 && std::abs(right) == 1) ||
                                     (down == 1 && (right == 0 || right == -1)) ||
                                     (down == -1 && (right == 0 || right == 1));
                if (touches) found.push_back(k_keyboard[r][c]);
            }
        }
    }
    return found;
}

template <std::size_t n>
std::u32string partner(const std::array<std::pair<char32_t, char32_t>, n>& pairs, char32_t letter) {
    for (const auto& [one, other] : pairs) {
        if (one == letter) return {other};
        if (other == letter) return {one};
    }
    return {};
}

std::u32string replacements(char32_t letter, Slip slip) {
    if (slip == Slip::neighbour_key) return neighbours(letter);
    if (slip == Slip::shift) return partner(k_shifted, letter);
    return partner(k_alike, letter);
}

// The syllables that come of replacing one letter of `syllable`.
std::vector<Syllable> with_other_letter(const Syllable& syllable, Slip slip) {
    std::vector<Syllable> found;
    const auto change = [&](std::u32string_view letters, std::uint32_t Syllable::*part) {
        for (const char32_t letter : replacements(letters[syllable.*part], slip)) {
            const std::size_t index = letters.find(letter);
            if (index == std::u32string_view::npos) continue;
            found.push_back(syllable);
            found.back().*part = static_cast<std::uint32_t>(index);
        }
    };
    change(k_initial_letters, &Syllable::initial);
    change(k_medial_letters, &Syllable::medial);
    if (syllable.final != 0) change(k_final_letters, &Syllable::final);
    return found;
}

// The initial that a final becomes when the next syllable begins with a vowel; none for ㅇ and clusters.
std::size_t carried(const Syllable& syllable) {
    const char32_t letter = k_final_letters[syllable.final];
    return letter == U'ㅇ' ? std::u32string_view::npos : k_initial_letters.find(letter);
}

}  // namespace

std::vector<std::u32string> slips_at(std::u32string_view sentence, std::size_t place, Slip slip) {
    std::vector<std::u32string> found;
    if (place >= sentence.size() || !is_syllable(sentence[place])) return found;
    const Syllable syllable = decompose(sentence[place]);
    const auto add = [&](const Syllable& changed) -> std::u32string& {
        found.emplace_back(sentence);
        found.back()[place] = compose(changed);
        return found.back();
    };
    const Syllable without_final{syllable.initial, syllable.medial, 0};
    switch (slip) {
        case Slip::neighbour_key:
        case Slip::shift:
        case Slip::like_sound:
            for (const Syllable& changed : with_other_letter(syllable, slip))
                add(changed);
            break;
        case Slip::final_forgotten:
            if (syllable.final != 0) add(without_final);
            break;
        case Slip::final_carried: {
            if (syllable.final == 0 || place + 1 >= sentence.size() || !is_syllable(sentence[place + 1]))
                break;
            Syllable next = decompose(sentence[place + 1]);
            const std::size_t initial = carried(syllable);
            if (k_initial_letters[next.initial] != U'ㅇ' || initial == std::u32string_view::npos) break;
            next.initial = static_cast<std::uint32_t>(initial);
            add(without_final)[place + 1] = compose(next);
            break;
        }
    }
    return found;
}

std::optional<std::string> with_typo(std::string_view sentence, std::uint64_t seed) {
    const std::u32string characters = characters_of(sentence);
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < characters.size(); ++i) {
        if (is_syllable(characters[i])) places.push_back(i);
    }
    if (places.empty()) return std::nullopt;
    // Most syllables allow only some slips, but each has a neighbouring key for its initial or its medial.
    constexpr std::uint64_t k_tries = 64;
    for (std::uint64_t attempt = 0; attempt < k_tries; ++attempt) {
        const std::size_t place = places[draw(seed, attempt, 0) % places.size()];
        const auto slip = static_cast<Slip>(draw(seed, attempt, 1) % k_slips);
        const auto found = slips_at(characters, place, slip);
        if (!found.empty()) return text_of(found[draw(seed, attempt, 2) % found.size()]);
    }
    return std::nullopt;
}

}  // namespace dure::trainer
