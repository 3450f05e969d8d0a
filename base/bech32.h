// Bech32m (BIP350) with 8-bit data: the text form of an address, with a checksum that finds every error of up
// to four characters.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace dure {

/// BIP173's limit on the whole text.
inline constexpr std::size_t k_bech32_max_characters = 90;

/// `prefix` is lower-case ASCII; the result has at most k_bech32_max_characters for data of up to 48 bytes.
std::string bech32m_encode(std::string_view prefix, ByteView data);

/// Errors: `malformed`: another prefix, wrong checksum (also that of plain bech32), mixed case, length,
/// padding.
Result<Bytes> bech32m_decode(std::string_view prefix, std::string_view text);

struct Bech32mText {
    std::string prefix;
    std::vector<std::uint8_t> values;  ///< 5-bit groups, without the checksum
};

/// The lower layer that BIP350's vectors speak of: any prefix, 5-bit groups.
Result<Bech32mText> bech32m_decode_groups(std::string_view text);

}  // namespace dure
