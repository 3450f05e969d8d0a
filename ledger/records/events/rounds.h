// Events of rounds: work units, their audits and disputes, checkpoints, and what was minted.
#pragma once

#include <cstdint>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"
#include "ledger/records/checkpoint.h"
#include "ledger/records/dispute.h"
#include "ledger/records/round.h"
#include "ledger/records/unit.h"

namespace dure::ledger {

struct RoundJoined {
    static constexpr const char* k_name = "round_joined";
    protocol::Round round;
    Account trainer;
    std::uint32_t units = 0;
    static constexpr auto fields() {
        return std::tuple(&RoundJoined::round, &RoundJoined::trainer, &RoundJoined::units);
    }
    friend bool operator==(const RoundJoined&, const RoundJoined&) = default;
};

struct RoundAdvanced {
    static constexpr const char* k_name = "round_advanced";
    protocol::Round round;
    RoundPhase phase = RoundPhase::joining;
    protocol::Height deadline;
    static constexpr auto fields() {
        return std::tuple(&RoundAdvanced::round, &RoundAdvanced::phase, &RoundAdvanced::deadline);
    }
    friend bool operator==(const RoundAdvanced&, const RoundAdvanced&) = default;
};

struct UpdateSubmitted {
    static constexpr const char* k_name = "update_submitted";
    protocol::Round round;
    std::uint32_t unit = 0;
    Account trainer;
    static constexpr auto fields() {
        using T = UpdateSubmitted;
        return std::tuple(&T::round, &T::unit, &T::trainer);
    }
    friend bool operator==(const UpdateSubmitted&, const UpdateSubmitted&) = default;
};

struct UpdateRevealed {
    static constexpr const char* k_name = "update_revealed";
    protocol::Round round;
    std::uint32_t unit = 0;
    Hash update;
    static constexpr auto fields() {
        using T = UpdateRevealed;
        return std::tuple(&T::round, &T::unit, &T::update);
    }
    friend bool operator==(const UpdateRevealed&, const UpdateRevealed&) = default;
};

struct AuditorDrawn {
    static constexpr const char* k_name = "auditor_drawn";
    protocol::Round round;
    std::uint32_t unit = 0;
    std::uint32_t task = 0;
    Account auditor;
    static constexpr auto fields() {
        using T = AuditorDrawn;
        return std::tuple(&T::round, &T::unit, &T::task, &T::auditor);
    }
    friend bool operator==(const AuditorDrawn&, const AuditorDrawn&) = default;
};

struct SegmentsServed {
    static constexpr const char* k_name = "segments_served";
    protocol::Round round;
    std::uint32_t unit = 0;
    static constexpr auto fields() {
        using T = SegmentsServed;
        return std::tuple(&T::round, &T::unit);
    }
    friend bool operator==(const SegmentsServed&, const SegmentsServed&) = default;
};

struct BlobAttested {
    static constexpr const char* k_name = "blob_attested";
    protocol::Round round;
    std::uint32_t unit = 0;
    Account holder;
    static constexpr auto fields() {
        using T = BlobAttested;
        return std::tuple(&T::round, &T::unit, &T::holder);
    }
    friend bool operator==(const BlobAttested&, const BlobAttested&) = default;
};

struct AuditCommitted {
    static constexpr const char* k_name = "audit_committed";
    protocol::Round round;
    std::uint32_t unit = 0;
    std::uint32_t task = 0;
    Account auditor;
    static constexpr auto fields() {
        using T = AuditCommitted;
        return std::tuple(&T::round, &T::unit, &T::task, &T::auditor);
    }
    friend bool operator==(const AuditCommitted&, const AuditCommitted&) = default;
};

struct AuditOpened {
    static constexpr const char* k_name = "audit_opened";
    protocol::Round round;
    std::uint32_t unit = 0;
    std::uint32_t task = 0;
    Account auditor;
    static constexpr auto fields() {
        using T = AuditOpened;
        return std::tuple(&T::round, &T::unit, &T::task, &T::auditor);
    }
    friend bool operator==(const AuditOpened&, const AuditOpened&) = default;
};

struct SegmentsOpened {
    static constexpr const char* k_name = "segments_opened";
    protocol::Round round;
    std::uint32_t unit = 0;
    static constexpr auto fields() {
        using T = SegmentsOpened;
        return std::tuple(&T::round, &T::unit);
    }
    friend bool operator==(const SegmentsOpened&, const SegmentsOpened&) = default;
};

struct UpdateChecked {
    static constexpr const char* k_name = "update_checked";
    protocol::Round round;
    std::uint32_t unit = 0;
    bool same = false;
    static constexpr auto fields() {
        using T = UpdateChecked;
        return std::tuple(&T::round, &T::unit, &T::same);
    }
    friend bool operator==(const UpdateChecked&, const UpdateChecked&) = default;
};

struct UnitJudged {
    static constexpr const char* k_name = "unit_judged";
    protocol::Round round;
    std::uint32_t unit = 0;
    UnitStatus status = UnitStatus::accepted;
    static constexpr auto fields() {
        return std::tuple(&UnitJudged::round, &UnitJudged::unit, &UnitJudged::status);
    }
    friend bool operator==(const UnitJudged&, const UnitJudged&) = default;
};

struct CheckpointAttested {
    static constexpr const char* k_name = "checkpoint_attested";
    protocol::Round round;
    Account account;
    CheckpointAttestation attestation;
    static constexpr auto fields() {
        return std::tuple(&CheckpointAttested::round, &CheckpointAttested::account,
                          &CheckpointAttested::attestation);
    }
    friend bool operator==(const CheckpointAttested&, const CheckpointAttested&) = default;
};

struct SharesMinted {
    static constexpr const char* k_name = "shares_minted";
    protocol::Round round;
    MintRow row;
    static constexpr auto fields() { return std::tuple(&SharesMinted::round, &SharesMinted::row); }
    friend bool operator==(const SharesMinted&, const SharesMinted&) = default;
};

struct RoundDecided {
    static constexpr const char* k_name = "round_decided";
    protocol::Round round;
    CheckpointRecord checkpoint;
    Shares minted;
    static constexpr auto fields() {
        return std::tuple(&RoundDecided::round, &RoundDecided::checkpoint, &RoundDecided::minted);
    }
    friend bool operator==(const RoundDecided&, const RoundDecided&) = default;
};

struct RoundVoided {
    static constexpr const char* k_name = "round_voided";
    protocol::Round round;
    BoundedString<96> reason;
    static constexpr auto fields() { return std::tuple(&RoundVoided::round, &RoundVoided::reason); }
    friend bool operator==(const RoundVoided&, const RoundVoided&) = default;
};

struct DisputeOpened {
    static constexpr const char* k_name = "dispute_opened";
    protocol::Round round;
    std::uint32_t unit = 0;
    DisputeKind kind = DisputeKind::computation;
    Account trainer;
    Account challenger;
    static constexpr auto fields() {
        using T = DisputeOpened;
        return std::tuple(&T::round, &T::unit, &T::kind, &T::trainer, &T::challenger);
    }
    friend bool operator==(const DisputeOpened&, const DisputeOpened&) = default;
};

struct DisputeMoved {
    static constexpr const char* k_name = "dispute_moved";
    protocol::Round round;
    std::uint32_t unit = 0;
    DisputeStage stage = DisputeStage::bisecting;
    protocol::Height deadline;
    static constexpr auto fields() {
        using T = DisputeMoved;
        return std::tuple(&T::round, &T::unit, &T::stage, &T::deadline);
    }
    friend bool operator==(const DisputeMoved&, const DisputeMoved&) = default;
};

struct DisputeClosed {
    static constexpr const char* k_name = "dispute_closed";
    protocol::Round round;
    std::uint32_t unit = 0;
    DisputeOutcome outcome = DisputeOutcome::none;
    static constexpr auto fields() {
        using T = DisputeClosed;
        return std::tuple(&T::round, &T::unit, &T::outcome);
    }
    friend bool operator==(const DisputeClosed&, const DisputeClosed&) = default;
};

}  // namespace dure::ledger
