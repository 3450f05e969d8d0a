#include "ledger/transactions/text.h"

#include <algorithm>
#include <string>

namespace dure::ledger {

Status require_plain_text(const char* what, std::string_view text) {
    const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (!is_plain)
        return Error{ErrorCode::malformed,
                     "the " + std::string(what) + " must be printable ASCII without spaces"};
    return {};
}

}  // namespace dure::ledger
