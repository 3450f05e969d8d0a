#include "base/bech32.h"

#include "base/assert.h"

namespace dure {

namespace {

constexpr std::string_view k_alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::uint32_t k_bech32m_constant = 0x2bc830a3;
constexpr std::size_t k_checksum_characters = 6;

std::uint32_t polymod_step(std::uint32_t checksum, std::uint8_t value) {
    static constexpr std::uint32_t k_generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                                     0x2a1462b3};
    const std::uint32_t top = checksum >> 25;
    checksum = ((checksum & 0x1ffffff) << 5) ^ value;
    for (unsigned i = 0; i < 5; ++i) {
        if ((top >> i) & 1) checksum ^= k_generator[i];
    }
    return checksum;
}

std::uint32_t polymod_of_prefix(std::string_view prefix) {
    std::uint32_t checksum = 1;
    for (const char c : prefix)
        checksum = polymod_step(checksum, static_cast<std::uint8_t>(static_cast<unsigned char>(c) >> 5));
    checksum = polymod_step(checksum, 0);
    for (const char c : prefix)
        checksum = polymod_step(checksum, static_cast<std::uint8_t>(c & 31));
    return checksum;
}

Error malformed(std::string why) {
    return {ErrorCode::malformed, std::move(why)};
}

}  // namespace

std::string bech32m_encode(std::string_view prefix, ByteView data) {
    std::vector<std::uint8_t> groups;
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    for (const std::uint8_t byte : data) {
        buffer = (buffer << 8 | byte) & 0xfffff;
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            groups.push_back(static_cast<std::uint8_t>(buffer >> bits & 31));
        }
    }
    if (bits > 0) groups.push_back(static_cast<std::uint8_t>(buffer << (5 - bits) & 31));

    std::uint32_t checksum = polymod_of_prefix(prefix);
    for (const std::uint8_t group : groups)
        checksum = polymod_step(checksum, group);
    for (std::size_t i = 0; i < k_checksum_characters; ++i)
        checksum = polymod_step(checksum, 0);
    checksum ^= k_bech32m_constant;

    std::string text(prefix);
    text.push_back('1');
    for (const std::uint8_t group : groups)
        text.push_back(k_alphabet[group]);
    for (unsigned i = 0; i < k_checksum_characters; ++i)
        text.push_back(k_alphabet[checksum >> (5 * (5 - i)) & 31]);
    DURE_ASSERT(text.size() <= k_bech32_max_characters);
    return text;
}

Result<Bech32mText> bech32m_decode_groups(std::string_view text) {
    if (text.size() > k_bech32_max_characters) {
        return malformed("it has " + std::to_string(text.size()) + " characters, at most " +
                         std::to_string(k_bech32_max_characters) + " are allowed");
    }
    bool lower = false;
    bool upper = false;
    std::string folded;
    for (const char c : text) {
        if (c < 33 || c > 126) return malformed("it has a character outside printable ASCII");
        lower = lower || (c >= 'a' && c <= 'z');
        upper = upper || (c >= 'A' && c <= 'Z');
        folded.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
    if (lower && upper) return malformed("it mixes upper and lower case");
    const std::size_t separator = folded.rfind('1');
    if (separator == std::string::npos) return malformed("it lacks the separator '1'");
    if (separator == 0) return malformed("the part before '1' is empty");
    if (folded.size() - separator - 1 < k_checksum_characters)
        return malformed("it is too short for a checksum");

    Bech32mText decoded;
    decoded.prefix = folded.substr(0, separator);
    std::uint32_t checksum = polymod_of_prefix(decoded.prefix);
    for (std::size_t i = separator + 1; i < folded.size(); ++i) {
        const std::size_t value = k_alphabet.find(folded[i]);
        if (value == std::string_view::npos)
            return malformed(std::string("it has the character '") + folded[i] +
                             "', which bech32m does not use");
        decoded.values.push_back(static_cast<std::uint8_t>(value));
        checksum = polymod_step(checksum, static_cast<std::uint8_t>(value));
    }
    if (checksum != k_bech32m_constant)
        return malformed("its checksum is wrong: a character was mistyped or lost");
    decoded.values.resize(decoded.values.size() - k_checksum_characters);
    return decoded;
}

Result<Bytes> bech32m_decode(std::string_view prefix, std::string_view text) {
    DURE_TRY(const Bech32mText decoded, bech32m_decode_groups(text));
    if (decoded.prefix != prefix) {
        return malformed("it begins with '" + decoded.prefix + "1', expected '" + std::string(prefix) + "1'");
    }
    Bytes data;
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    for (const std::uint8_t group : decoded.values) {
        buffer = (buffer << 5 | group) & 0xfff;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            data.push_back(static_cast<std::uint8_t>(buffer >> bits & 255));
        }
    }
    if (bits >= 5 || (buffer & ((1U << bits) - 1)) != 0) return malformed("its padding is not zero");
    return data;
}

}  // namespace dure
