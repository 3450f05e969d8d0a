// A secret key as 24 words, to write down on paper (BIP39's encoding of 256 bits of entropy with 8 bits of
// checksum, English). The words are the key itself: BIP39's step from words to a wallet's seed (PBKDF2,
// passphrase) is not used.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dure {

inline constexpr std::size_t k_mnemonic_words = 24;

/// 24 words separated by single spaces.
std::string mnemonic_from_secret(const std::array<std::uint8_t, 32>& secret);

/// Reads 24 words, in either case, separated by any white space. Errors, all `malformed`: another number of
/// words; a word that is not in the list, with its place and the words it may have been; a wrong checksum.
Result<std::array<std::uint8_t, 32>> secret_from_mnemonic(std::string_view text);

}  // namespace dure
