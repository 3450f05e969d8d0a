// A move in a dispute about a work unit (ledger/rounds/disputes.h).
#pragma once

#include <tuple>
#include <variant>

#include "base/codec.h"
#include "base/protocol/types.h"
#include "base/result.h"
#include "ledger/records/round.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

/// The trainer: "this was my state in the middle".
struct ShowMiddle {
    Hash state;

    static constexpr auto fields() { return std::tuple(&ShowMiddle::state); }
    friend bool operator==(const ShowMiddle&, const ShowMiddle&) = default;
};

/// The challenger: "I found the same there", or something else.
struct AnswerMiddle {
    bool same = false;

    static constexpr auto fields() { return std::tuple(&AnswerMiddle::same); }
    friend bool operator==(const AnswerMiddle&, const AnswerMiddle&) = default;
};

/// The trainer: the state before the step in question, to be fetched by these names.
struct ServeStart {
    StateRoots roots;

    static constexpr auto fields() { return std::tuple(&ServeStart::roots); }
    friend bool operator==(const ServeStart&, const ServeStart&) = default;
};

/// The trainer: there is no state to serve, the numbers had ceased to be finite at this earlier step.
struct ShowNotFinite {
    std::uint32_t step = 0;
    Hash before;

    static constexpr auto fields() { return std::tuple(&ShowNotFinite::step, &ShowNotFinite::before); }
    friend bool operator==(const ShowNotFinite&, const ShowNotFinite&) = default;
};

/// A juror: what the step gave.
struct VerdictOpening {
    Hash found;  ///< zeros: what it needed could not be had
    Hash salt;

    static constexpr auto fields() { return std::tuple(&VerdictOpening::found, &VerdictOpening::salt); }
    friend bool operator==(const VerdictOpening&, const VerdictOpening&) = default;
};

using DisputeMove = std::variant<ShowMiddle, AnswerMiddle, ServeStart, ShowNotFinite, Commit, VerdictOpening>;

struct DisputeUpdate {
    static constexpr const char* k_name = "dispute_update";
    protocol::Round round{};
    std::uint32_t unit = 0;
    DisputeMove move{};

    static constexpr auto fields() {
        using T = DisputeUpdate;
        return std::tuple(&T::round, &T::unit, &T::move);
    }
    friend bool operator==(const DisputeUpdate&, const DisputeUpdate&) = default;
};

/// What can be said without the state.
Status check(const DisputeUpdate& payload);
Status apply(const DisputeUpdate& payload, TransactionContext& context);

}  // namespace dure::ledger
