// Arrays of stored numbers to floats. Every F16 and BF16 number is a float, so nothing is rounded.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "trainer/interchange/safetensors.h"

namespace dure::trainer {

/// Infinity and NaN stay what they are.
float float_from_half(std::uint16_t bits);
float float_from_bfloat16(std::uint16_t bits);

/// Whether to_floats takes it.
bool is_float(Dtype dtype);
/// data: out.size() numbers of a dtype that is_float.
void to_floats(ByteView data, Dtype dtype, std::span<float> out);

}  // namespace dure::trainer
