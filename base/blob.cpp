#include "base/blob.h"

#include <algorithm>

namespace dure {

Status check_blob_size(std::uint64_t bytes) {
    if (bytes == 0) return Error{ErrorCode::out_of_range, "a blob needs at least one byte"};
    if (bytes > k_max_blob_bytes) {
        return Error{ErrorCode::out_of_range, "a blob of " + std::to_string(bytes) +
                                                  " bytes is larger than the limit of " +
                                                  std::to_string(k_max_blob_bytes)};
    }
    return {};
}

std::vector<Hash> blob_leaves(ByteView blob) {
    std::vector<Hash> leaves;
    leaves.reserve(blob_chunks(blob.size()));
    for (std::size_t at = 0; at < blob.size(); at += k_blob_chunk_bytes) {
        leaves.push_back(merkle_leaf(blob.subspan(at, std::min(k_blob_chunk_bytes, blob.size() - at))));
    }
    return leaves;
}

Hash blob_hash(ByteView blob) {
    return merkle_root(blob_leaves(blob));
}

bool blob_chunk_verify(const Hash& name, ByteView chunk, const MerkleProof& proof) {
    if (proof.count > k_max_blob_chunks || proof.index >= proof.count || chunk.empty() ||
        chunk.size() > k_blob_chunk_bytes)
        return false;
    if (proof.index + 1 < proof.count && chunk.size() != k_blob_chunk_bytes) return false;
    return merkle_verify(name, merkle_leaf(chunk), proof);
}

}  // namespace dure
