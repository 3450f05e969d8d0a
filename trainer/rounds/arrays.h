// Arrays of floats as bytes: little-endian, 4 bytes each. Parameters, momentum and moments are hashed, stored
// and sent like that.
//
// Promises: decoding is total and bounded by the count asked for; what it gives is finite.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/result.h"

namespace dure::trainer {

/// The bytes as they stand in memory.
ByteView array_bytes(std::span<const float> values);

/// The Merkle root over the bytes in chunks of k_blob_chunk_bytes: the blob_hash of them.
Hash array_root(std::span<const float> values);

/// `what` names one element in messages ("parameter"). Errors: `malformed` unless the bytes are `count`
/// floats, `invalid` for one that is not finite.
Result<std::vector<float>> decode_array(ByteView bytes, std::uint64_t count, const char* what);

bool is_finite(float value);

}  // namespace dure::trainer
