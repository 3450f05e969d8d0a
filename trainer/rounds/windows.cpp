#include "trainer/rounds/windows.h"

#include <algorithm>

#include "base/codec.h"
#include "base/money.h"

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

std::vector<std::int32_t> drawn_windows(std::span<const std::int32_t> tokens, std::uint32_t sequence,
                                        std::uint32_t most, const Hash& seed) {
    static const TaggedHash hash("dure/score/sample");
    std::vector<std::int32_t> windows;
    if (tokens.size() <= sequence) return windows;
    const std::uint64_t count = std::min<std::uint64_t>((tokens.size() - 1) / sequence, most);
    const std::uint64_t places = tokens.size() - sequence;
    windows.reserve(static_cast<std::size_t>(count) * (sequence + 1));
    for (std::uint32_t j = 0; j < count; ++j) {
        const Hash drawn = hash({seed.bytes, encode(j)});
        std::uint64_t number = 0;
        for (std::size_t i = 8; i-- > 0;)
            number = number << 8 | drawn.bytes[i];
        const auto first = static_cast<std::uint64_t>(static_cast<Uint128>(number) * places >> 64);
        const auto window = tokens.subspan(static_cast<std::size_t>(first), sequence + 1);
        windows.insert(windows.end(), window.begin(), window.end());
    }
    return windows;
}

}  // namespace dure::trainer
