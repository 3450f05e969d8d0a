// Servers' bonds of coins, and the cases of receipts that somebody reported as false.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"
#include "ledger/records/checkpoint.h"
#include "ledger/records/inference_receipt.h"
#include "ledger/records/jury.h"

namespace dure::ledger {

struct LeavingCoins {
    Coin amount;
    protocol::Height release;  ///< may be taken from this height on

    static constexpr auto fields() { return std::tuple(&LeavingCoins::amount, &LeavingCoins::release); }
    friend bool operator==(const LeavingCoins&, const LeavingCoins&) = default;
};

/// Coins from which wronged payers are refunded. What leaves can be slashed until it is taken.
struct ServerBondRecord {
    Coin bonded;
    BoundedList<LeavingCoins, k_max_unbondings> leaving;  ///< by ascending height
    std::uint32_t cases = 0;  ///< open ones: until they are decided nothing is paid out

    static constexpr auto fields() {
        return std::tuple(&ServerBondRecord::bonded, &ServerBondRecord::leaving, &ServerBondRecord::cases);
    }
    friend bool operator==(const ServerBondRecord&, const ServerBondRecord&) = default;

    Coin all() const {
        Coin sum = bonded;
        for (const LeavingCoins& one : leaving)
            sum += one.amount;
        return sum;
    }
};

enum class CaseStage : std::uint8_t {
    drawing,   ///< waiting for a beacon that nobody knew when it was reported
    deciding,  ///< the committee commits to what the replay gives
    opening,   ///< and opens
    closed,
};
constexpr CaseStage last_enumerator(CaseStage) {
    return CaseStage::closed;
}
const char* name_of(CaseStage stage);

enum class CaseOutcome : std::uint8_t {
    none,  ///< yet
    receipt_false,
    receipt_true,
};
constexpr CaseOutcome last_enumerator(CaseOutcome) {
    return CaseOutcome::receipt_true;
}
const char* name_of(CaseOutcome outcome);

/// What a false receipt cost its server, and who got it.
struct CasePenalty {
    Coin taken;
    Coin refunded;  ///< to the payer
    Coin rewarded;  ///< to the reporter; the owners got the rest

    static constexpr auto fields() {
        return std::tuple(&CasePenalty::taken, &CasePenalty::refunded, &CasePenalty::rewarded);
    }
    friend bool operator==(const CasePenalty&, const CasePenalty&) = default;
};

struct ReceiptCaseRecord {
    InferenceStatement statement;
    std::optional<InferenceRequest> request;  ///< while the case is open
    CheckpointRecord checkpoint;
    Account reporter;
    Account depositor;
    Coin deposit;  ///< held while the case is open
    CaseStage stage = CaseStage::drawing;
    CaseOutcome outcome = CaseOutcome::none;
    protocol::Height opened;
    protocol::Height since;     ///< the present stage began
    protocol::Height deadline;  ///< it moves on at the latest
    std::uint32_t redraws = 0;
    Jury committee;
    protocol::Height closed;
    CasePenalty penalty;

    static constexpr auto fields() {
        using T = ReceiptCaseRecord;
        return std::tuple(&T::statement, &T::request, &T::checkpoint, &T::reporter, &T::depositor,
                          &T::deposit, &T::stage, &T::outcome, &T::opened, &T::since, &T::deadline,
                          &T::redraws, &T::committee, &T::closed, &T::penalty);
    }
    friend bool operator==(const ReceiptCaseRecord&, const ReceiptCaseRecord&) = default;
    bool is_open() const { return stage != CaseStage::closed; }
};

/// H("dure/receipt/verdict", account ‖ receipt's id ‖ found ‖ salt).
Hash receipt_verdict_commitment(const Account& account, const Hash& receipt, const Hash& found,
                                const Hash& salt);

}  // namespace dure::ledger
