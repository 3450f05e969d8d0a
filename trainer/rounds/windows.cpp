#include "trainer/rounds/windows.h"

#include <algorithm>

namespace dure::trainer {

std::vector<std::int32_t> spread_windows(std::span<const std::int32_t> tokens, std::uint32_t sequence,
                                         std::uint32_t most) {
    std::vector<std::int32_t> windows;
    if (tokens.size() <= sequence) return windows;
    const std::uint64_t fitting = (tokens.size() - 1) / sequence;
    const std::uint64_t count = std::min<std::uint64_t>(fitting, most);
    windows.reserve(static_cast<std::size_t>(count) * (sequence + 1));
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto window =
            tokens.subspan(static_cast<std::size_t>(i * fitting / count * sequence), sequence + 1);
        windows.insert(windows.end(), window.begin(), window.end());
    }
    return windows;
}

}  // namespace dure::trainer
