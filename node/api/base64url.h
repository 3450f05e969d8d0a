// Base64 with the alphabet for addresses (RFC 4648, section 5), without padding: how JSON travels in payment headers.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace dure::node {

std::string base64url_encode(std::string_view bytes);
/// Errors: `malformed`: a character outside the alphabet, padding, an impossible length, bits that are not
/// zero at the end.
Result<std::string> base64url_decode(std::string_view text);

/// The usual alphabet with padding (RFC 4648, section 4), as Content-Digest wants it.
std::string base64_encode(ByteView bytes);

}  // namespace dure::node
