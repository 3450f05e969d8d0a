// The 2048 English words of BIP39, in their order. The build generates their definition from Debian's package
// python3-mnemonic (cmake/WordList.cmake), so the list itself is not part of this tree.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace dure {

inline constexpr std::size_t k_word_list_size = 2048;

/// Ascending, all lower-case ASCII, of three to eight letters; the first four letters tell them apart.
extern const std::array<std::string_view, k_word_list_size> k_word_list;

}  // namespace dure
