#include "trainer/rounds/arrays.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "base/blob.h"
#include "base/merkle.h"

namespace dure::trainer {

static_assert(std::endian::native == std::endian::little, "floats are written as they stand in memory");

ByteView array_bytes(std::span<const float> values) {
    return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()};
}

Hash array_root(std::span<const float> values) {
    return merkle_root(blob_leaves(array_bytes(values)));
}

bool is_finite(float value) {
    return (std::bit_cast<std::uint32_t>(value) & 0x7F800000U) != 0x7F800000U;
}

Result<std::vector<float>> decode_array(ByteView bytes, std::uint64_t count, const char* what) {
    if (bytes.size() % sizeof(float) != 0 || bytes.size() / sizeof(float) != count) {
        return Error{ErrorCode::malformed, std::to_string(bytes.size()) + " bytes are not the " +
                                               std::to_string(count) + " floats of the " + what + "s"};
    }
    std::vector<float> values(static_cast<std::size_t>(count));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    const auto bad = std::find_if_not(values.begin(), values.end(), is_finite);
    if (bad != values.end()) {
        return Error{ErrorCode::invalid, std::string(what) + " number " +
                                             std::to_string(bad - values.begin()) + " is not finite"};
    }
    return values;
}

}  // namespace dure::trainer
