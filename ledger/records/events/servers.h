// Events of servers' bonds, and of receipts that were reported as false.
#pragma once

#include <tuple>

#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"
#include "ledger/records/receipt_case.h"

namespace dure::ledger {

struct ServerBonded {
    static constexpr const char* k_name = "server_bonded";
    Account server;
    Coin amount;
    Coin bonded;  ///< after it
    static constexpr auto fields() {
        return std::tuple(&ServerBonded::server, &ServerBonded::amount, &ServerBonded::bonded);
    }
    friend bool operator==(const ServerBonded&, const ServerBonded&) = default;
};

struct ServerUnbonding {
    static constexpr const char* k_name = "server_unbonding";
    Account server;
    Coin amount;
    protocol::Height release;
    static constexpr auto fields() {
        return std::tuple(&ServerUnbonding::server, &ServerUnbonding::amount, &ServerUnbonding::release);
    }
    friend bool operator==(const ServerUnbonding&, const ServerUnbonding&) = default;
};

struct ServerBondWithdrawn {
    static constexpr const char* k_name = "server_bond_withdrawn";
    Account server;
    Coin amount;
    static constexpr auto fields() {
        return std::tuple(&ServerBondWithdrawn::server, &ServerBondWithdrawn::amount);
    }
    friend bool operator==(const ServerBondWithdrawn&, const ServerBondWithdrawn&) = default;
};

struct ReceiptReported {
    static constexpr const char* k_name = "receipt_reported";
    Hash receipt;
    Account server;
    Account reporter;
    static constexpr auto fields() {
        return std::tuple(&ReceiptReported::receipt, &ReceiptReported::server, &ReceiptReported::reporter);
    }
    friend bool operator==(const ReceiptReported&, const ReceiptReported&) = default;
};

struct ReceiptCaseMoved {
    static constexpr const char* k_name = "receipt_case_moved";
    Hash receipt;
    CaseStage stage = CaseStage::drawing;
    protocol::Height deadline;
    static constexpr auto fields() {
        return std::tuple(&ReceiptCaseMoved::receipt, &ReceiptCaseMoved::stage, &ReceiptCaseMoved::deadline);
    }
    friend bool operator==(const ReceiptCaseMoved&, const ReceiptCaseMoved&) = default;
};

/// Without an outcome: no committee agreed, and the receipt may be reported again.
struct ReceiptJudged {
    static constexpr const char* k_name = "receipt_judged";
    Hash receipt;
    Account server;
    Account payer;
    CaseOutcome outcome = CaseOutcome::none;
    CasePenalty penalty;
    static constexpr auto fields() {
        using T = ReceiptJudged;
        return std::tuple(&T::receipt, &T::server, &T::payer, &T::outcome, &T::penalty);
    }
    friend bool operator==(const ReceiptJudged&, const ReceiptJudged&) = default;
};

}  // namespace dure::ledger
