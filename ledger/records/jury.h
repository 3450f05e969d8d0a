// A committee that decides by replaying: who sits on it, and what each found.
#pragma once

#include <optional>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "ledger/records/parameters.h"

namespace dure::ledger {

struct Juror {
    Account account;
    Shares weight;                     ///< bonded when drawn
    std::optional<Hash> commitment{};  ///< to what it found
    std::optional<Hash> found{};       ///< zeros: what it needed could not be had

    bool owes_commitment() const { return !commitment; }
    bool owes_opening() const { return commitment && !found; }

    static constexpr auto fields() {
        return std::tuple(&Juror::account, &Juror::weight, &Juror::commitment, &Juror::found);
    }
    friend bool operator==(const Juror&, const Juror&) = default;
};

using Jury = BoundedList<Juror, k_max_committee>;

}  // namespace dure::ledger
