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
/// Train a unit and submit its update.
struct TrainDuty {
    ledger::AssignedUnit unit;
};
/// Replay somebody's unit and answer.
struct AuditDuty {
    ledger::AssignedUnit unit;
};
/// Judge an offered shard.
struct ScoreDuty {
    ledger::ShardView shard;
};
/// Merge a round's accepted updates and attest the result.
struct AttestDuty {
    ledger::RoundRecord round;
};
using Duty = std::variant<JoinDuty, TrainDuty, AuditDuty, ScoreDuty, AttestDuty>;

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
