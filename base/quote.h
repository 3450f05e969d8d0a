// Foreign text inside an error message: in quotes, cut to a length, always well-formed UTF-8 without control
// characters, so that it can stand in a log, a terminal or JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dure {

inline constexpr std::size_t k_quoted_bytes = 64;

/// 'text', or 'the first max_bytes…' of it (cut between characters). What is no printable character becomes
/// '?'.
std::string quote(std::string_view text, std::size_t max_bytes = k_quoted_bytes);

}  // namespace dure
