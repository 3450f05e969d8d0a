// A validator set: who votes in an epoch, with what weight. Quorum = more than two thirds of the weight.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"

namespace dure::protocol {

/// Certificates list one signature a voter, so the set is bounded by what one message may carry.
inline constexpr std::size_t k_max_validators = 256;

struct Validator {
    Account key;
    std::uint64_t weight = 0;  ///< bonded share units

    static constexpr auto fields() { return std::tuple(&Validator::key, &Validator::weight); }
    friend bool operator==(const Validator&, const Validator&) = default;
};

struct ValidatorSet {
    BoundedList<Validator, k_max_validators> validators;  ///< by ascending key, each key once

    static constexpr auto fields() { return std::tuple(&ValidatorSet::validators); }
    friend bool operator==(const ValidatorSet&, const ValidatorSet&) = default;

    std::uint64_t total_weight() const;
    /// True if `weight` is more than two thirds of the total.
    bool is_quorum(std::uint64_t weight) const;
    /// True if `weight` is more than a third of the total, so that at least one honest validator is in it.
    bool has_honest(std::uint64_t weight) const;
    std::optional<std::size_t> index_of(const Account& key) const;
    Hash hash() const;
    /// Errors: `invalid` unless keys ascend strictly, weights are positive and their sum fits 63 bits.
    Status check() const;
};

}  // namespace dure::protocol
