#include "trainer/rounds/quantization.h"

#include <algorithm>

#include "base/assert.h"
#include "trainer/rounds/arrays.h"

namespace dure::trainer {
namespace {

bool same_in(std::span<const float> base, const Update& update, const ParameterChunk& chunk) {
    if (chunk.index >= blob_chunks(base.size_bytes())) return false;
    const std::uint64_t first = chunk.index * k_chunk_elements;
    const std::uint64_t count = std::min<std::uint64_t>(k_chunk_elements, base.size() - first);
    const auto values = decode_array(chunk.bytes, count, "parameter");
    if (!values) return false;
    const auto part = base.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    return update.part(first, count) == Update::quantize(part, *values, update.block());
}

}  // namespace

std::vector<ParameterChunk> all_chunks(ByteView blob) {
    std::vector<ParameterChunk> chunks;
    for (std::size_t at = 0; at < blob.size(); at += k_blob_chunk_bytes) {
        const std::size_t size = std::min<std::size_t>(k_blob_chunk_bytes, blob.size() - at);
        chunks.push_back({.index = at / k_blob_chunk_bytes, .bytes = blob.subspan(at, size)});
    }
    return chunks;
}

bool check_quantization(std::span<const float> base, const Update& update,
                        std::span<const ParameterChunk> chunks) {
    DURE_ASSERT(update.count() == base.size());
    if (update.is_null()) return false;
    DURE_ASSERT(k_chunk_elements % update.block() == 0);
    return std::all_of(chunks.begin(), chunks.end(),
                       [&](const ParameterChunk& chunk) { return same_in(base, update, chunk); });
}

}  // namespace dure::trainer
