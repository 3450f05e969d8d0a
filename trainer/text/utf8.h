// Cutting a byte stream into whole UTF-8 characters (RFC 3629).
#pragma once

#include <string>
#include <string_view>

namespace dure::trainer {

inline constexpr std::string_view k_replacement_character = "\xEF\xBF\xBD";  ///< U+FFFD

/// Removes from `pending` all but a trailing, yet incomplete character, and returns it as valid UTF-8: each
/// maximal part of an ill-formed sequence becomes one U+FFFD.
std::string take_whole_characters(std::string& pending);

}  // namespace dure::trainer
