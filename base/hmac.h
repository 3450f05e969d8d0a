// HMAC-SHA256 (RFC 2104): what only the holder of a key can compute over a text.
#pragma once

#include "base/bytes.h"
#include "base/hash.h"

namespace dure {

Hash hmac_sha256(ByteView key, ByteView message);

/// Whether two digests are equal, in a time that does not tell where they differ.
bool equal_in_constant_time(const Hash& a, const Hash& b);

}  // namespace dure
