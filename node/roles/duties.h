// What the chain expects of this node now: a pure function of the final state, so that a simulator can ask it
// too. A duty stays until the state shows that it was done or came too late.
#pragma once

#include <cstdint>
#include <tuple>
#include <variant>
#include <vector>

#include "base/keys.h"
#include "base/protocol/types.h"
#include "ledger/state/reader.h"
#include "ledger/views.h"

namespace dure::node {

/// Say how many units this node takes in the coming round.
struct JoinDuty {
    protocol::Round round;
    std::uint32_t units = 0;
};
/// Train a unit and commit to its update.
struct TrainDuty {
    ledger::AssignedUnit unit;
};
/// Show an update that was committed to.
struct RevealDuty {
    ledger::AssignedUnit unit;
};
/// Show the states from which the auditors of an own unit start.
struct ServeDuty {
    ledger::AssignedUnit unit;
};
/// Fetch and keep what somebody's unit is made of, and say so.
struct HoldDuty {
    ledger::AssignedUnit unit;
};
/// Replay somebody's segments and commit to what they give.
struct AuditDuty {
    ledger::AssignedAudit audit;
};
/// Open all states of an own unit.
struct OpenSegmentsDuty {
    ledger::AssignedUnit unit;
};
/// Open the answer to an audit.
struct OpenAuditDuty {
    ledger::AssignedAudit audit;
};
/// Compare an update with the last state of its unit.
struct CheckDuty {
    ledger::AssignedUnit unit;
};
/// Judge a shard that was shown, and commit to what is found.
struct ScoreDuty {
    ledger::ShardView shard;  ///< with its judging
};
/// Open it.
struct OpenScoreDuty {
    ledger::ShardView shard;
};
/// Merge a round's accepted updates and commit to the result,
struct AttestDuty {
    ledger::RoundRecord round;
};
/// and open it.
struct OpenAttestationDuty {
    ledger::RoundRecord round;
};
/// Make a move in a dispute, as one of its sides or on its committee.
struct DisputeDuty {
    ledger::DisputeTurn turn;
};
/// Replay a receipt that somebody reported, as a member of its committee, and commit to what comes out; or open that.
struct JudgeReceiptDuty {
    ledger::ReceiptCaseView turn;
};
using Duty = std::variant<JoinDuty, TrainDuty, AuditDuty, ScoreDuty, AttestDuty, RevealDuty, ServeDuty,
                          HoldDuty, OpenSegmentsDuty, OpenAuditDuty, CheckDuty, OpenAttestationDuty,
                          DisputeDuty, OpenScoreDuty, JudgeReceiptDuty>;

/// Names a duty, so that it is begun once: the kind, and what it is about. Another base or another commitment
/// makes another duty.
struct DutyKey {
    std::size_t kind = 0;
    std::uint64_t round = 0;
    std::uint64_t unit = 0;
    Hash subject;
    friend auto operator<=>(const DutyKey&, const DutyKey&) = default;
};
DutyKey key_of(const Duty& duty);
/// The last height whose block may still hold the answer; what comes first is done first.
protocol::Height deadline_of(const Duty& duty);
/// "train unit 2 of round 7", for logs.
std::string describe(const Duty& duty);

struct DutyOptions {
    bool trains = true;       ///< join rounds, train
    std::uint32_t units = 1;  ///< work units offered a round
};

/// In order of urgency.
std::vector<Duty> duties_of(const ledger::StateReader& state, const Account& account,
                            const DutyOptions& options);

}  // namespace dure::node
