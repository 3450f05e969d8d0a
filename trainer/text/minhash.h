// The sketch of a text: 128 minima by which near duplicates are found without reading the texts again. Two texts'
// share of equal entries estimates how many of their shingles they have in common (Broder 1997, by one
// permutation: Li, Owen, Zhang 2012). docs/protocol/data.md gives every step exactly.
//
// What counts as the same text: blanks, line feeds, ASCII punctuation and the case of ASCII letters are
// dropped first, because word spacing is what differs most easily between two copies of a Korean text. What
// it does not do: see through edits that are aimed at the minima, or pieces of a larger text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dure::trainer {

inline constexpr std::size_t k_sketch_values = 128;
/// Characters of a shingle: one or two Korean words.
inline constexpr std::size_t k_shingle_characters = 5;

using Sketch = std::array<std::uint32_t, k_sketch_values>;

/// Of a text in normal form (normalize.h). Bytes that are no UTF-8 are taken as one character each. Cost: one
/// pass, a few operations a character.
Sketch sketch_of(std::string_view text);

/// Its entries, each four bytes little-endian: the form in which the ledger keeps it.
std::array<std::uint8_t, 4 * k_sketch_values> sketch_bytes(const Sketch& sketch);

/// How many entries are equal: their part of k_sketch_values estimates the Jaccard similarity.
std::size_t equal_entries(const Sketch& a, const Sketch& b);

}  // namespace dure::trainer
