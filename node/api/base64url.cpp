#include "node/api/base64url.h"

#include <array>
#include <cstdint>

namespace dure::node {

namespace {

constexpr std::string_view k_url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view k_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t k_none = 0xFF;

constexpr std::array<std::uint8_t, 256> values() {
    std::array<std::uint8_t, 256> table{};
    table.fill(k_none);
    for (std::size_t i = 0; i < k_url_alphabet.size(); ++i)
        table[static_cast<std::uint8_t>(k_url_alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}

constexpr std::array<std::uint8_t, 256> k_values = values();

std::string encode(std::string_view bytes, std::string_view alphabet) {
    std::string text((bytes.size() * 4 + 2) / 3, '\0');
    std::uint32_t bits = 0;
    unsigned count = 0;
    char* next = text.data();
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<std::uint8_t>(c);
        count += 8;
        while (count >= 6) {
            count -= 6;
            *next++ = alphabet[bits >> count & 63U];
        }
    }
    if (count > 0) *next = alphabet[bits << (6 - count) & 63U];
    return text;
}

}  // namespace

std::string base64url_encode(std::string_view bytes) {
    return encode(bytes, k_url_alphabet);
}

std::string base64_encode(ByteView bytes) {
    std::string text =
        encode(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()), k_alphabet);
    while (text.size() % 4 != 0)
        text.push_back('=');
    return text;
}

Result<std::string> base64url_decode(std::string_view text) {
    if (text.size() % 4 == 1)
        return Error{ErrorCode::malformed,
                     "base64url text cannot have " + std::to_string(text.size()) + " characters"};
    std::string bytes(text.size() * 3 / 4, '\0');
    std::uint32_t bits = 0;
    std::uint32_t seen = 0;
    unsigned count = 0;
    char* next = bytes.data();
    for (const char c : text) {
        const std::uint8_t value = k_values[static_cast<std::uint8_t>(c)];
        seen |= value;
        bits = bits << 6 | (value & 63U);
        count += 6;
        if (count >= 8) {
            count -= 8;
            *next++ = static_cast<char>(static_cast<std::uint8_t>(bits >> count));
        }
    }
    if (seen > 63U)
        return Error{ErrorCode::malformed, "the text is not base64url without padding (RFC 4648 section 5)"};
    if ((bits & ((1U << count) - 1U)) != 0)
        return Error{ErrorCode::malformed, "base64url text has bits left over at its end"};
    return bytes;
}

}  // namespace dure::node
