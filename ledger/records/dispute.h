// A dispute about a work unit between its trainer and an auditor who found something else: which step they
// disagree on, whose move it is until when, and what a committee found.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"
#include "base/segments.h"
#include "ledger/records/jury.h"

namespace dure::ledger {

enum class DisputeKind : std::uint8_t {
    computation,   ///< about the state after some step
    quantization,  ///< about the update that follows from the last state
};
constexpr DisputeKind last_enumerator(DisputeKind) {
    return DisputeKind::quantization;
}
const char* name_of(DisputeKind kind);

enum class DisputeStage : std::uint8_t {
    unopened,   ///< the trainer was silent when states were opened, and must open them now
    bisecting,  ///< the trainer names the state in the middle of the steps in question
    answering,  ///< the challenger says whether it found the same there
    serving,    ///< the trainer serves the state before the first step they disagree on
    drawing,    ///< waiting for a beacon that nobody knew then
    deciding,   ///< the committee commits to what the step gives
    opening,    ///< and opens
    closed,
};
constexpr DisputeStage last_enumerator(DisputeStage) {
    return DisputeStage::closed;
}
const char* name_of(DisputeStage stage);

enum class DisputeOutcome : std::uint8_t {
    none,  ///< yet
    trainer_wrong,
    challenger_wrong,
    undecided,  ///< no committee agreed: nobody is guilty
};
constexpr DisputeOutcome last_enumerator(DisputeOutcome) {
    return DisputeOutcome::undecided;
}
const char* name_of(DisputeOutcome outcome);

struct DisputeRecord {
    DisputeKind kind = DisputeKind::computation;
    DisputeStage stage = DisputeStage::bisecting;
    DisputeOutcome outcome = DisputeOutcome::none;
    Account trainer;
    Account challenger;
    std::uint32_t task = 0;  ///< of the unit's audits
    std::uint32_t low = 0;   ///< they agree on the state after so many steps,
    std::uint32_t high = 0;  ///< and disagree on that after so many
    Hash low_state;
    Hash high_state;             ///< as the trainer claims it; of a quantization the update's name
    std::optional<Hash> middle;  ///< the trainer's, waiting for an answer
    StateRoots start;            ///< of low_state, once it is served; zeros if low is 0: the public base
    protocol::Height opened;
    protocol::Height since;     ///< the present stage began
    protocol::Height deadline;  ///< it moves on at the latest
    std::uint32_t redraws = 0;
    Jury committee;
    protocol::Height closed;

    static constexpr auto fields() {
        using T = DisputeRecord;
        return std::tuple(&T::kind, &T::stage, &T::outcome, &T::trainer, &T::challenger, &T::task, &T::low,
                          &T::high, &T::low_state, &T::high_state, &T::middle, &T::start, &T::opened,
                          &T::since, &T::deadline, &T::redraws, &T::committee, &T::closed);
    }
    friend bool operator==(const DisputeRecord&, const DisputeRecord&) = default;

    /// Steps done at the state that the next bisection asks for.
    std::uint32_t middle_step() const { return low + (high - low) / 2; }
};

/// H("dure/verdict", account ‖ u64 round ‖ u32 unit ‖ u32 task ‖ found ‖ salt).
Hash verdict_commitment(const Account& account, protocol::Round round, std::uint32_t unit, std::uint32_t task,
                        const Hash& found, const Hash& salt);

}  // namespace dure::ledger
