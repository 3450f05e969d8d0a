// The one form of a text: what shards are named by, what is tokenized. docs/protocol/rounds-training.md gives
// the rules.
//
// Promise: normalize(normalize(x)) == normalize(x). Characters are those of Unicode 15.0 however new the
// library is, so that a text keeps its name. What it does not do: judge what the text says.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dure::trainer {

inline constexpr std::size_t k_max_text_bytes = std::size_t{1} << 30;

/// NFC; controls and every kind of blank become a space, every kind of line break a line feed; runs of blanks
/// become one space, lines lose blanks at their ends, and empty lines go. Every line ends in a line feed; the
/// result is empty if nothing is left. Errors: `malformed` if it is not UTF-8, `out_of_range` above
/// k_max_text_bytes.
Result<std::string> normalize_text(std::string_view text);

}  // namespace dure::trainer
