#include "trainer/rounds/windows.h"

#include <algorithm>
#include <string>

namespace dure::trainer {

Status check_tokens(std::span<const std::int32_t> tokens, const ModelConfig& config) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i] < 0 || static_cast<std::uint32_t>(tokens[i]) >= config.active_vocab) {
            return Error{ErrorCode::invalid, "token " + std::to_string(i) + " is " + std::to_string(tokens[i]) +
                                                 ", but the model's vocabulary has " + std::to_string(config.active_vocab) +
                                                 " ids; use the chain's tokenizer"};
        }
    }
    return {};
}

std::vector<std::int32_t> spread_windows(std::span<const std::int32_t> tokens, std::uint32_t sequence, std::uint32_t most) {
    std::vector<std::int32_t> windows;
    if (tokens.size() <= sequence) return windows;
    const std::uint64_t fitting = (tokens.size() - 1) / sequence;
    const std::uint64_t count = std::min<std::uint64_t>(fitting, most);
    windows.reserve(static_cast<std::size_t>(count) * (sequence + 1));
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto window = tokens.subspan(static_cast<std::size_t>(i * fitting / count * sequence), sequence + 1);
        windows.insert(windows.end(), window.begin(), window.end());
    }
    return windows;
}

}  // namespace dure::trainer
