#include "base/quote.h"

#include <cstdint>

namespace dure {

namespace {

std::uint32_t byte_at(std::string_view text, std::size_t i) {
    return static_cast<unsigned char>(text[i]);
}

/// Length of the printable character that `text` begins with; 0 if its first byte begins none (RFC 3629: no
/// overlong forms, no surrogates; C0 and C1 controls are not printable).
std::size_t printable_length(std::string_view text) {
    const std::uint32_t first = byte_at(text, 0);
    if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
    std::uint32_t point = first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte_at(text, i) & 0xc0) != 0x80) return 0;
        point = point << 6 | (byte_at(text, i) & 0x3f);
    }
    constexpr std::uint32_t k_smallest[] = {0, 0, 0xa0, 0x800, 0x10000};
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    return point < k_smallest[length] || point > 0x10ffff || surrogate ? 0 : length;
}

}  // namespace

std::string quote(std::string_view text, std::size_t max_bytes) {
    std::string quoted = "'";
    std::size_t shown = 0;
    while (!text.empty()) {
        const std::size_t length = printable_length(text);
        const std::size_t step = length == 0 ? 1 : length;
        if (shown + step > max_bytes) break;
        quoted += length == 0 ? std::string_view("?") : text.substr(0, length);
        shown += step;
        text.remove_prefix(step);
    }
    if (!text.empty()) quoted += "…";
    return quoted + "'";
}

}  // namespace dure
