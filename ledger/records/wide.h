// 128-bit numbers as they lie in the state, each kind a type of its own.
#pragma once

#include <cstdint>
#include <tuple>

#include "base/codec.h"
#include "base/money.h"

namespace dure::ledger {

template <class Tag>
struct Wide {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    static constexpr auto fields() { return std::tuple(&Wide::low, &Wide::high); }
    friend constexpr bool operator==(const Wide&, const Wide&) = default;
    static constexpr Wide of(Uint128 number) {
        return {static_cast<std::uint64_t>(number), static_cast<std::uint64_t>(number >> 64)};
    }
    constexpr Uint128 number() const { return static_cast<Uint128>(high) << 64 | low; }
};

/// Money in units of 2^-64 grain: `high` counts whole grains, `low` the fraction.
using FineCoin = Wide<struct FineCoinTag>;
/// What one share unit has earned since genesis, in units of 2^-64 grain, modulo 2^128. Only differences mean
/// something, and they are exact, because nothing owed ever exceeds supply × 2^64 < 2^127.
using Accumulator = Wide<struct AccumulatorTag>;
/// Grains that have passed somewhere since genesis; the same coins may pass again and again.
using CoinFlow = Wide<struct CoinFlowTag>;
/// Score × tokens, summed over shards.
using SamplingWeight = Wide<struct SamplingWeightTag>;

}  // namespace dure::ledger
