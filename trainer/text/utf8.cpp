#include "trainer/text/utf8.h"

#include <cstddef>

namespace dure::trainer {
namespace {

struct Range {
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
};

// Bytes of the character that `lead` begins; 0 if it begins none.
std::size_t character_length(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return 2;
    if (lead >= 0xE0 && lead <= 0xEF) return 3;
    if (lead >= 0xF0 && lead <= 0xF4) return 4;
    return 0;
}

// What may follow `lead` directly: overlong forms, surrogates and numbers above U+10FFFF are excluded here.
Range second_byte(unsigned char lead) {
    switch (lead) {
        case 0xE0:
            return {0xA0, 0xBF};
        case 0xED:
            return {0x80, 0x9F};
        case 0xF0:
            return {0x90, 0xBF};
        case 0xF4:
            return {0x80, 0x8F};
        default:
            return {};
    }
}

}  // namespace

std::string take_whole_characters(std::string& pending) {
    std::string out;
    std::size_t begin = 0;
    while (begin < pending.size()) {
        const auto lead = static_cast<unsigned char>(pending[begin]);
        const std::size_t length = character_length(lead);
        std::size_t good = 1;
        while (good < length && begin + good < pending.size()) {
            const Range range = good == 1 ? second_byte(lead) : Range{};
            const auto byte = static_cast<unsigned char>(pending[begin + good]);
            if (byte < range.low || byte > range.high) break;
            ++good;
        }
        if (good < length && begin + good == pending.size()) break;
        if (good == length) {
            out.append(pending, begin, length);
        } else {
            out += k_replacement_character;
        }
        begin += good;
    }
    pending.erase(0, begin);
    return out;
}

}  // namespace dure::trainer
