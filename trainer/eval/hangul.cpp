#include "trainer/eval/hangul.h"

#include "base/assert.h"

namespace dure::trainer {
namespace {

constexpr char32_t k_first_syllable = 0xAC00;
constexpr char32_t k_syllables = k_initials * k_medials * k_finals;

}  // namespace

std::u32string characters_of(std::string_view text) {
    std::u32string characters;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0U) == 0x80U && !characters.empty()) {
            characters.back() = (characters.back() << 6U) | (byte & 0x3FU);
        } else {
            const unsigned mask = byte < 0x80 ? 0x7F : byte < 0xE0 ? 0x1F : byte < 0xF0 ? 0x0F : 0x07;
            characters.push_back(byte & mask);
        }
    }
    return characters;
}

std::string text_of(std::u32string_view characters) {
    std::string text;
    const auto put = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
    for (const char32_t c : characters) {
        if (c < 0x80) {
            put(c);
            continue;
        }
        const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
        put((more == 1 ? 0xC0U : more == 2 ? 0xE0U : 0xF0U) | (c >> (6 * more)));
        for (int i = more; i-- > 0;)
            put(0x80U | ((c >> (6 * i)) & 0x3FU));
    }
    return text;
}

bool is_syllable(char32_t character) {
    return character >= k_first_syllable && character < k_first_syllable + k_syllables;
}

Syllable decompose(char32_t character) {
    DURE_ASSERT(is_syllable(character));
    const std::uint32_t index = character - k_first_syllable;
    return {index / (k_medials * k_finals), index / k_finals % k_medials, index % k_finals};
}

char32_t compose(const Syllable& syllable) {
    DURE_ASSERT(syllable.initial < k_initials && syllable.medial < k_medials && syllable.final < k_finals);
    return k_first_syllable + (syllable.initial * k_medials + syllable.medial) * k_finals + syllable.final;
}

}  // namespace dure::trainer
