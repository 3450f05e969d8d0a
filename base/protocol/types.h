// The protocol's ordinal numbers, each a type of its own, so that a slot is never taken for a height.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <tuple>

namespace dure::protocol {

template <class Tag>
struct Number {
    std::uint64_t value = 0;

    static constexpr auto fields() { return std::tuple(&Number::value); }
    friend constexpr auto operator<=>(const Number&, const Number&) = default;
    constexpr Number next() const { return {value + 1}; }
    friend constexpr Number operator+(Number number, std::uint64_t steps) { return {number.value + steps}; }
    friend std::string to_text(Number number) { return std::to_string(number.value); }
};

/// A block's place in the chain; genesis is at height 0.
using Height = Number<struct HeightTag>;
/// A leader's turn in an epoch; slots begin at 1, slot 0 is the epoch's root block.
using Slot = Number<struct SlotTag>;
/// A span of fixed length with one validator set.
using Epoch = Number<struct EpochTag>;
/// One synchronous step of the shared model; rounds begin at 1, checkpoint 0 is genesis's.
using Round = Number<struct RoundTag>;
/// The model's size class.
using Generation = Number<struct GenerationTag>;

}  // namespace dure::protocol
