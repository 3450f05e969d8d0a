// Blobs: texts, updates and checkpoints, named by their contents. A blob's name is the Merkle root over its
// 64 KiB chunks, so that every chunk can be fetched from somebody else and checked on its own.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/merkle.h"
#include "base/result.h"

namespace dure {

inline constexpr std::size_t k_blob_chunk_bytes = 64 * 1024;
inline constexpr std::size_t k_max_blob_bytes = std::size_t{1} << 30;
inline constexpr std::size_t k_max_blob_chunks = k_max_blob_bytes / k_blob_chunk_bytes;

/// Chunks of a blob of `bytes` bytes; all but the last are full.
constexpr std::uint64_t blob_chunks(std::uint64_t bytes) {
    return (bytes + k_blob_chunk_bytes - 1) / k_blob_chunk_bytes;
}

/// Errors: `out_of_range` for no bytes or more than k_max_blob_bytes.
Status check_blob_size(std::uint64_t bytes);

/// The chunks' leaves, in order.
std::vector<Hash> blob_leaves(ByteView blob);

/// The blob's name.
Hash blob_hash(ByteView blob);

/// True if `chunk` is the one at proof.index of the blob `name`: the proof holds, and its length is that of
/// its place (only the last may be shorter, none is empty).
bool blob_chunk_verify(const Hash& name, ByteView chunk, const MerkleProof& proof);

}  // namespace dure
