// An update: base - result of a work unit, each block of elements quantized to 4 bits with one scale. Of a
// null unit (one whose numbers ceased to be finite) it is the step's number.
//
// Promises: bounded, total decoding; one update has one encoding. docs/protocol/rounds-training.md gives
// format and rounding.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace dure::trainer {

inline constexpr std::int32_t k_quant_level_max = 7;   ///< levels are -7 .. 7
inline constexpr float k_quant_scale_max = 0x1p+124F;  ///< so that level * scale is always finite

/// A decoded update of `count` elements.
class Update {
  public:
    /// Quantizes base - result. Needs finite inputs of equal size and a block size that TrainConfig allows.
    static Update quantize(std::span<const float> base, std::span<const float> result, std::uint32_t block);
    /// `step`: the one, from 1, that was not finite.
    static Update null(std::uint64_t count, std::uint32_t step);

    Bytes encode() const;
    /// `count` and `block` are what the chain's configs say. Errors: `malformed` for another size or an
    /// unused code, `invalid` for a scale that is negative, not a number or above k_quant_scale_max, or for a
    /// nonzero level in a block of scale zero.
    static Result<Update> decode(ByteView bytes, std::uint64_t count, std::uint32_t block);

    bool is_null() const { return null_step_ != 0; }
    /// The step, from 1, that was not finite; 0 unless the unit is null.
    std::uint32_t null_step() const { return null_step_; }
    std::uint64_t count() const { return count_; }
    std::uint32_t block() const { return block_; }

    /// The part of elements first, ..., first + count - 1 alone, as quantize would give it for them. Needs
    /// an update that is not null and a `first` at the beginning of a block.
    Update part(std::uint64_t first, std::uint64_t count) const;

    /// out [count] = level * scale; zeros for a null unit.
    void dequantize(std::span<float> out) const;

    friend bool operator==(const Update&, const Update&) = default;

  private:
    std::uint64_t count_ = 0;
    std::uint32_t block_ = 0;
    std::uint32_t null_step_ = 0;
    std::vector<float> scales_;        ///< [ceil(count / block)]
    std::vector<std::uint8_t> codes_;  ///< [ceil(count / 2)]: level + 8, the earlier element in the low half
};

}  // namespace dure::trainer
