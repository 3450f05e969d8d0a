#include "trainer/interchange/floats.h"

#include <bit>
#include <cstring>

#include "base/assert.h"

namespace dure::trainer {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are copied as they stand in the file");

std::uint16_t number_at(ByteView data, std::size_t index) {
    return static_cast<std::uint16_t>(data[2 * index] | data[2 * index + 1] << 8);
}

}  // namespace

float float_from_half(std::uint16_t bits) {
    const std::uint32_t sign = (bits & 0x8000U) << 16U;
    const std::uint32_t exponent = (bits >> 10U) & 0x1FU;
    const std::uint32_t fraction = bits & 0x3FFU;
    if (exponent == 0) {  // subnormal: fraction * 2^-24, exact
        const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
        return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
    }
    const std::uint32_t wide = exponent == 0x1FU ? 0xFFU : exponent + (127 - 15);
    return std::bit_cast<float>(sign | wide << 23U | fraction << 13U);
}

float float_from_bfloat16(std::uint16_t bits) {
    return std::bit_cast<float>(std::uint32_t{bits} << 16U);
}

bool is_float(Dtype dtype) {
    return dtype == Dtype::f32 || dtype == Dtype::f16 || dtype == Dtype::bf16;
}

void to_floats(ByteView data, Dtype dtype, std::span<float> out) {
    DURE_ASSERT(is_float(dtype) && data.size() == out.size() * bytes_of(dtype));
    if (dtype == Dtype::f32) {
        if (!out.empty()) std::memcpy(out.data(), data.data(), data.size());
        return;
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::uint16_t bits = number_at(data, i);
        out[i] = dtype == Dtype::f16 ? float_from_half(bits) : float_from_bfloat16(bits);
    }
}

}  // namespace dure::trainer
