// Whether an update is the quantized difference of the parameters that its trainer committed to: checked on
// whole chunks of them, drawn by lot, so that a check costs what it looks at.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/blob.h"
#include "base/bytes.h"
#include "trainer/rounds/update.h"

namespace dure::trainer {

/// Elements in a chunk of an array's blob. Whole blocks of the quantizer, whatever their size.
inline constexpr std::uint64_t k_chunk_elements = k_blob_chunk_bytes / sizeof(float);

/// One chunk of the blob of the unit's last parameters.
struct ParameterChunk {
    std::uint64_t index = 0;
    ByteView bytes;
};

/// All chunks of that blob. They refer to its bytes.
std::vector<ParameterChunk> all_chunks(ByteView blob);

/// True if `update` has in each chunk exactly the scales and levels that quantizing base - chunk gives. False,
/// too, for a chunk that does not exist, of another size, or with numbers that are not finite, and for a null
/// update. Needs an update of the base's size. That the chunks are those committed to is for the caller to see.
bool check_quantization(std::span<const float> base, const Update& update,
                        std::span<const ParameterChunk> chunks);

}  // namespace dure::trainer
