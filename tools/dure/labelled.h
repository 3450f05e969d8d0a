// Labelled examples as people have them, made into the one form in which they are contributed
// (trainer/text/examples.h).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dure::tools {

/// From JSON Lines: an object a line, its members texts, numbers, true or false. The first line's members are the
/// columns, and each other line has the same. Errors: `malformed`, with the line.
Result<std::string> table_from_jsonl(std::string_view file);

}  // namespace dure::tools
