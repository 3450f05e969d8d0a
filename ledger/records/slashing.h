// What stands for an account that has no bond, and what was taken back of what was minted.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include "base/codec.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"

namespace dure::ledger {

/// Coins in place of a bond: a newcomer's, or its sponsor's.
struct DepositRecord {
    Coin amount;
    Account depositor;                        ///< gets it back
    std::optional<protocol::Height> release;  ///< it is being withdrawn: no longer a deposit to join with

    static constexpr auto fields() {
        return std::tuple(&DepositRecord::amount, &DepositRecord::depositor, &DepositRecord::release);
    }
    friend bool operator==(const DepositRecord&, const DepositRecord&) = default;
};

/// Of the amount of a minted row, `revoked` vests no more; `burned` of it had not vested yet.
struct ClawBackRecord {
    Shares revoked;
    Shares burned;  ///< or went to the prover

    static constexpr auto fields() { return std::tuple(&ClawBackRecord::revoked, &ClawBackRecord::burned); }
    friend bool operator==(const ClawBackRecord&, const ClawBackRecord&) = default;
};

enum class SlashCause : std::uint8_t {
    dispute,   ///< lost it: the work is not what was claimed
    evidence,  ///< signed two things that contradict each other
    scoring,   ///< a score that two committees contradict
};
constexpr SlashCause last_enumerator(SlashCause) {
    return SlashCause::scoring;
}
const char* name_of(SlashCause cause);

}  // namespace dure::ledger
