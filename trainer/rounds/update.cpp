#include "trainer/rounds/update.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>

#include "base/assert.h"
#include "base/codec.h"

namespace dure::trainer {
namespace {

constexpr std::uint8_t k_quantized = 0;
constexpr std::uint8_t k_null = 1;
constexpr std::int32_t k_zero_code = 8;
// Adding 1.5 * 2^23 rounds a small float to the nearest integer, ties to even.
constexpr float k_round_shift = 12582912.0F;
constexpr std::uint32_t k_scale_max_bits = std::bit_cast<std::uint32_t>(k_quant_scale_max);

std::uint64_t ceil_divide(std::uint64_t a, std::uint64_t b) {
    return (a + b - 1) / b;
}

// The level of x in a block whose scale is positive.
std::int32_t level_of(float x, float scale) {
    const float rounded = (x / scale + k_round_shift) - k_round_shift;
    const float limit = static_cast<float>(k_quant_level_max);
    return static_cast<std::int32_t>(std::min(std::max(rounded, -limit), limit));
}

void put_code(std::vector<std::uint8_t>& codes, std::uint64_t index, std::int32_t level) {
    const auto code = static_cast<unsigned>(level + k_zero_code);
    std::uint8_t& byte = codes[static_cast<std::size_t>(index / 2)];
    byte = static_cast<std::uint8_t>(byte | (code << (index % 2 == 0 ? 0U : 4U)));
}

std::int32_t level_at(const std::vector<std::uint8_t>& codes, std::uint64_t index) {
    const unsigned byte = codes[static_cast<std::size_t>(index / 2)];
    return static_cast<std::int32_t>((byte >> (index % 2 == 0 ? 0U : 4U)) & 15U) - k_zero_code;
}

Error malformed(const std::string& what) {
    return {ErrorCode::malformed, "the update " + what};
}

}  // namespace

Update Update::quantize(std::span<const float> base, std::span<const float> result, std::uint32_t block) {
    DURE_ASSERT(base.size() == result.size() && block > 0);
    Update update;
    update.count_ = base.size();
    update.block_ = block;
    update.scales_.reserve(static_cast<std::size_t>(ceil_divide(update.count_, block)));
    update.codes_.assign(static_cast<std::size_t>(ceil_divide(update.count_, 2)), 0);
    std::vector<float> difference(block);
    for (std::size_t begin = 0; begin < base.size(); begin += block) {
        const std::size_t size = std::min<std::size_t>(block, base.size() - begin);
        float most = 0.0F;
        for (std::size_t i = 0; i < size; ++i) {
            difference[i] = base[begin + i] - result[begin + i];
            const float magnitude = std::fabs(difference[i]);
            most = magnitude > most ? magnitude : most;
        }
        // Zero, too, where the largest difference is so small that its seventh part rounds to nothing.
        const float scale = std::min(most / static_cast<float>(k_quant_level_max), k_quant_scale_max);
        update.scales_.push_back(scale);
        for (std::size_t i = 0; i < size; ++i) {
            put_code(update.codes_, begin + i, scale > 0.0F ? level_of(difference[i], scale) : 0);
        }
    }
    return update;
}

Update Update::null(std::uint64_t count, std::uint32_t step) {
    DURE_ASSERT(step > 0);
    Update update;
    update.count_ = count;
    update.null_step_ = step;
    return update;
}

Bytes Update::encode() const {
    Writer writer;
    if (is_null()) {
        writer.number(k_null);
        writer.number(null_step_);
        return writer.take();
    }
    writer.reserve(1 + scales_.size() * sizeof(float) + codes_.size());
    writer.number(k_quantized);
    for (const float scale : scales_)
        writer.number(std::bit_cast<std::uint32_t>(scale));
    writer.raw(codes_);
    return writer.take();
}

Result<Update> Update::decode(ByteView bytes, std::uint64_t count, std::uint32_t block) {
    DURE_ASSERT(block > 0);
    Reader reader(bytes);
    std::uint8_t form = 0;
    if (!reader.number(form)) return malformed("is empty");
    if (form == k_null) {
        std::uint32_t step = 0;
        if (!reader.number(step) || reader.remaining() != 0 || step == 0)
            return malformed("of a null unit does not consist of a step from 1");
        return null(count, step);
    }
    if (form != k_quantized) return malformed("is of the unknown form " + std::to_string(form));
    const std::uint64_t blocks = ceil_divide(count, block);
    const std::uint64_t code_bytes = ceil_divide(count, 2);
    if (reader.remaining() != blocks * sizeof(float) + code_bytes) {
        return malformed("has " + std::to_string(bytes.size()) + " bytes, but " + std::to_string(count) +
                         " parameters make " + std::to_string(1 + blocks * sizeof(float) + code_bytes));
    }
    Update update;
    update.count_ = count;
    update.block_ = block;
    update.scales_.reserve(static_cast<std::size_t>(blocks));
    for (std::uint64_t i = 0; i < blocks; ++i) {
        std::uint32_t bits = 0;
        if (!reader.number(bits)) return malformed("ends early");
        if (bits > k_scale_max_bits) {
            return Error{ErrorCode::invalid, "the update's scale of block " + std::to_string(i) +
                                                 " is negative, not a number or above 2^124"};
        }
        update.scales_.push_back(std::bit_cast<float>(bits));
    }
    ByteView codes;
    if (!reader.take(static_cast<std::size_t>(code_bytes), codes)) return malformed("ends early");
    update.codes_ = to_bytes(codes);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::int32_t level = level_at(update.codes_, i);
        if (level < -k_quant_level_max) return malformed("uses the code 0 at element " + std::to_string(i));
        if (level != 0 && update.scales_[static_cast<std::size_t>(i / block)] == 0.0F) {
            return Error{ErrorCode::invalid, "the update has a level at element " + std::to_string(i) +
                                                 ", whose block's scale is zero"};
        }
    }
    if (count % 2 == 1 && (update.codes_.back() >> 4U) != 0)
        return malformed("has a code behind its last element");
    return update;
}

Update Update::part(std::uint64_t first, std::uint64_t count) const {
    DURE_ASSERT(!is_null() && first % block_ == 0 && first <= count_ && count <= count_ - first);
    Update update;
    update.count_ = count;
    update.block_ = block_;
    const auto begin = scales_.begin() + static_cast<std::ptrdiff_t>(first / block_);
    update.scales_.assign(begin, begin + static_cast<std::ptrdiff_t>(ceil_divide(count, block_)));
    update.codes_.assign(static_cast<std::size_t>(ceil_divide(count, 2)), 0);
    for (std::uint64_t i = 0; i < count; ++i)
        put_code(update.codes_, i, level_at(codes_, first + i));
    return update;
}

void Update::dequantize(std::span<float> out) const {
    DURE_ASSERT(out.size() == count_);
    if (is_null()) {
        std::fill(out.begin(), out.end(), 0.0F);
        return;
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = static_cast<float>(level_at(codes_, i)) * scales_[i / block_];
    }
}

}  // namespace dure::trainer
