// Reports that a validator signed two things that contradict each other (base/protocol/vote.h). Each offence,
// one slot of one epoch, slashes once; whoever reports it first is rewarded.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/protocol/vote.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct ReportEvidence {
    static constexpr const char* k_name = "report_evidence";
    protocol::Evidence evidence{};

    static constexpr auto fields() { return std::tuple(&ReportEvidence::evidence); }
    friend bool operator==(const ReportEvidence&, const ReportEvidence&) = default;
};

/// The epoch and the slot that the evidence is about.
protocol::Epoch epoch_of(const protocol::Evidence& evidence);
protocol::Slot slot_of(const protocol::Evidence& evidence);

/// What can be said without the state.
Status check(const ReportEvidence& payload);
Status apply(const ReportEvidence& payload, TransactionContext& context);

}  // namespace dure::ledger
