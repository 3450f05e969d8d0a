// Choosing some windows of a longer text.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dure::trainer {

/// At most `most` windows of sequence + 1 tokens whose inputs do not overlap, spread evenly: of n that fit
/// (the i-th begins at i * sequence), the windows floor(j * n / m) for j < m = min(n, most). Empty if none
/// fits.
std::vector<std::int32_t> spread_windows(std::span<const std::int32_t> tokens, std::uint32_t sequence,
                                         std::uint32_t most);

}  // namespace dure::trainer
