// Text that strangers put into the state and others show.
#pragma once

#include <string_view>

#include "base/result.h"

namespace dure::ledger {

/// Errors: `malformed` unless all characters are printable ASCII other than the space.
Status require_plain_text(const char* what, std::string_view text);

}  // namespace dure::ledger
