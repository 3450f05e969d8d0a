// Choosing some windows of a longer text.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/hash.h"

namespace dure::trainer {

/// At most `most` windows of sequence + 1 tokens whose inputs do not overlap, spread evenly: of n that fit
/// (the i-th begins at i * sequence), the windows floor(j * n / m) for j < m = min(n, most). Empty if none
/// fits.
std::vector<std::int32_t> spread_windows(std::span<const std::int32_t> tokens, std::uint32_t sequence,
                                         std::uint32_t most);

/// As many windows as spread_windows gives, at places that `seed` draws, each anywhere in the text: of L tokens
/// the j-th begins at floor(r · (L − sequence) / 2^64), where r is the first 8 bytes, little-endian, of
/// H("dure/score/sample"; seed ‖ u32 j).
std::vector<std::int32_t> drawn_windows(std::span<const std::int32_t> tokens, std::uint32_t sequence,
                                        std::uint32_t most, const Hash& seed);

}  // namespace dure::trainer
