// Events of epochs, and of those who stand for validator.
#pragma once

#include <cstdint>
#include <tuple>

#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"

namespace dure::ledger {

struct CandidacyBegun {
    static constexpr const char* k_name = "candidacy_begun";
    Account account;
    Shares bonded;
    static constexpr auto fields() { return std::tuple(&CandidacyBegun::account, &CandidacyBegun::bonded); }
    friend bool operator==(const CandidacyBegun&, const CandidacyBegun&) = default;
};

/// It votes until the epoch ends, if it is a validator.
struct CandidacyEnded {
    static constexpr const char* k_name = "candidacy_ended";
    Account account;
    bool withdrawn = false;  ///< else its bond was too small when an epoch ended, or it had been away
    static constexpr auto fields() {
        return std::tuple(&CandidacyEnded::account, &CandidacyEnded::withdrawn);
    }
    friend bool operator==(const CandidacyEnded&, const CandidacyEnded&) = default;
};

struct EpochBegan {
    static constexpr const char* k_name = "epoch_began";
    protocol::Epoch epoch;
    protocol::Height first;  ///< its first block, the one after this
    Hash validators;         ///< ValidatorSet::hash
    std::uint32_t count = 0;
    Shares weight;         ///< of all of them
    bool goes_on = false;  ///< too few stood: the validators before go on
    static constexpr auto fields() {
        using T = EpochBegan;
        return std::tuple(&T::epoch, &T::first, &T::validators, &T::count, &T::weight, &T::goes_on);
    }
    friend bool operator==(const EpochBegan&, const EpochBegan&) = default;
};

}  // namespace dure::ledger
