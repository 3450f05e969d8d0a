#include "ledger/rounds/phases.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "ledger/data/judging.h"
#include "ledger/data/windows.h"
#include "ledger/draws/reveals.h"
#include "ledger/ownership/balances.h"
#include "ledger/ownership/slashing.h"
#include "ledger/rounds/attesting.h"
#include "ledger/rounds/auditors.h"
#include "ledger/rounds/growth.h"
#include "ledger/rounds/minting.h"
#include "ledger/rounds/openings.h"
#include "ledger/rounds/units.h"

namespace dure::ledger {

namespace {

using protocol::Height;
using protocol::Round;

/// One block's end, as the phases see it.
struct Step {
    Overlay& state;
    const Parameters& parameters;
    Height height;
    Events& events;

    bool is_over(const RoundRecord& round) const { return height >= round.deadline; }
    void enter(RoundRecord& round, RoundPhase phase, Height deadline) const {
        round.phase = phase;
        round.since = height;
        round.deadline = deadline;
        events.push_back(RoundAdvanced{.round = round.number, .phase = phase, .deadline = deadline});
    }
};

RoundRecord joining_round_record(Round number, Height opened) {
    RoundRecord round;
    round.number = number;
    round.opened = opened;
    round.since = opened;
    return round;
}

void finish(const Step& step, RoundRecord& round) {
    HeadRecord head = Head::get(step.state);
    head.finished = round.number;
    head.finished_at = step.height;
    head.live = round.number.next();
    if (round.result) head.checkpoint = *round.result;
    Head::put(step.state, head);
    round.closed = step.height;
}

void make_void(const Step& step, RoundRecord& round, std::string reason) {
    step.enter(round, RoundPhase::voided, {});
    finish(step, round);
    forget_blocks(step.state);
    round.void_reason = std::move(reason);
    step.events.push_back(RoundVoided{.round = round.number, .reason = round.void_reason});
}

/// What the merge left out is not paid.
void refuse_units(const Step& step, RoundRecord& round, const CheckpointAttestation& agreed) {
    for (const std::uint32_t number : agreed.refused) {
        const UnitKey key{round.number, number};
        auto unit = Units::find(step.state, key);
        if (!unit || unit->status != UnitStatus::accepted) continue;
        judge_unit(step.state, key, std::move(*unit), UnitStatus::refused, step.events);
        --round.accepted;
    }
}

void decide(const Step& step, RoundRecord& round, const CheckpointAttestation& agreed) {
    refuse_units(step, round, agreed);
    if (round.accepted == 0) {
        make_void(step, round, "every update was refused");
        return;
    }
    round.result = CheckpointRecord{.round = round.number,
                                    .root = agreed.root,
                                    .blob = agreed.blob,
                                    .held_out_loss = agreed.held_out_loss,
                                    .generation = round.grows_to.value_or(round.base.generation)};
    step.enter(round, RoundPhase::decided, {});
    finish(step, round);
    if (round.grows_to) begin_rescoring(step.state, *round.grows_to);
    round.mint = mint_round(step.state, step.parameters, round, step.height, step.events);
    step.events.push_back(
        RoundDecided{.round = round.number, .checkpoint = *round.result, .minted = round.mint->minted});
}

bool may_start(const Step& step, const RoundRecord& round) {
    if (round.participants.empty() || step.height < round.first_join + step.parameters.joining_blocks)
        return false;
    if (DataTotals::get(step.state).weight.number() == 0) return false;
    if (round.number.value == 1) return true;
    const RoundRecord previous = Rounds::get(step.state, Round{round.number.value - 1});
    return step.height >= previous.trained_from + step.parameters.round_interval;
}

/// Weights and unit numbers are fixed; those who have unbonded everything since they joined, or withdrawn their
/// deposit, are out.
void fix_participants(const Step& step, RoundRecord& round) {
    round.weight = {};
    round.units = 0;
    for (Participant& one : round.participants)
        one.weight = load_account(step.state, one.account).bonded;
    std::erase_if(round.participants, [&](const Participant& one) {
        return one.weight.is_zero() && deposit_of(step.state, one.account) < step.parameters.newcomer_deposit;
    });
    for (Participant& one : round.participants) {
        one.first_unit = round.units;
        round.units += one.units;
        round.weight += one.weight;
    }
}

bool leave_joining(const Step& step, RoundRecord& round) {
    if (!may_start(step, round)) return false;
    fix_participants(step, round);
    if (round.participants.empty()) {
        round.first_join = {};
        return false;
    }
    round.base = Head::get(step.state).checkpoint;
    step.enter(round, RoundPhase::drawing, {});
    Rounds::put(step.state, round.number.next(), joining_round_record(round.number.next(), step.height));
    return true;
}

Hash round_seed(const Hash& beacon, Round round) {
    static const TaggedHash hash("dure/round/seed");
    return hash({beacon.bytes, encode(round)});
}

bool leave_drawing(const Step& step, RoundRecord& round) {
    if (!beacon_matured(step.state, round.since)) return false;
    const DataRecord data = DataTotals::get(step.state);
    if (data.weight.number() == 0) {
        make_void(step, round, "no data was left to train on");
        return true;
    }
    round.seed = round_seed(Beacon::get(step.state).value, round.number);
    round.shard_count = data.accepted;
    round.sampling_weight = data.weight;
    draw_unit_windows(step.state, round);
    for (const Participant& one : round.participants) {
        for (std::uint32_t i = 0; i < one.units; ++i) {
            UnitRecord unit;
            unit.trainer = one.account;
            Units::put(step.state, {round.number, one.first_unit + i}, unit);
        }
    }
    round.trained_from = step.height;
    step.enter(round, RoundPhase::training, step.height + step.parameters.training_blocks);
    return true;
}

bool leave_training(const Step& step, RoundRecord& round) {
    if (round.submitted < round.units && !step.is_over(round)) return false;
    for (auto& [key, unit] : units_with(step.state, round.number, UnitStatus::assigned))
        judge_unit(step.state, key, std::move(unit), UnitStatus::missing, step.events);
    if (round.submitted == 0) {
        make_void(step, round, "no work unit was submitted in time");
    } else {
        step.enter(round, RoundPhase::revealing, step.height + step.parameters.reveal_blocks);
    }
    return true;
}

bool leave_revealing(const Step& step, RoundRecord& round) {
    if (round.revealed < round.submitted && !step.is_over(round)) return false;
    for (auto& [key, unit] : units_with(step.state, round.number, UnitStatus::submitted))
        judge_unit(step.state, key, std::move(unit), UnitStatus::withheld, step.events);
    if (round.revealed == 0) {
        make_void(step, round, "no update was revealed in time");
    } else {
        step.enter(round, RoundPhase::drawing_auditors, {});
    }
    return true;
}

/// All audits are committed to or given up.
void end_audits(const Step& step, RoundRecord& round) {
    round.waiting = openings_awaited(step.state, round);
    if (round.waiting == 0) {
        make_void(step, round, "no work unit was audited");
    } else {
        step.enter(round, RoundPhase::opening, step.height + step.parameters.opening_blocks);
    }
}

bool leave_drawing_auditors(const Step& step, RoundRecord& round) {
    if (!beacon_matured(step.state, round.since)) return false;
    draw_auditors(step.state, step.parameters, round, step.events);
    round.waiting = audit_moves_awaited(step.state, step.parameters, round);
    if (round.waiting == 0) {
        end_audits(step, round);
    } else {
        step.enter(round, RoundPhase::auditing, step.height + step.parameters.audit_blocks);
    }
    return true;
}

bool leave_auditing(const Step& step, RoundRecord& round) {
    if (round.waiting == 0) {
        end_audits(step, round);
        return true;
    }
    if (!step.is_over(round)) return false;
    give_up_unserved(step.state, step.parameters, round, step.height, step.events);
    if (round.audit_redraws < step.parameters.audit_redraws) {
        dismiss_silent(step.state, round);
        ++round.audit_redraws;
        step.enter(round, RoundPhase::drawing_auditors, {});
    } else {
        give_up_unanswered(step.state, step.parameters, round, step.height, step.events);
        end_audits(step, round);
    }
    return true;
}

/// All units are judged.
void end_checks(const Step& step, RoundRecord& round) {
    if (round.accepted == 0) {
        make_void(step, round, "no work unit was accepted");
    } else {
        round.grows_to = due_generation(step.state, round.base);
        round.waiting = attesters(round);
        step.enter(round, RoundPhase::attesting, step.height + step.parameters.attest_blocks);
    }
}

bool leave_opening(const Step& step, RoundRecord& round) {
    if (round.waiting > 0 && !step.is_over(round)) return false;
    judge_openings(step.state, step.parameters, round, step.height, step.events);
    round.waiting = checks_awaited(step.state, round);
    if (round.waiting == 0) {
        end_checks(step, round);
    } else {
        step.enter(round, RoundPhase::checking, step.height + step.parameters.check_blocks);
    }
    return true;
}

bool leave_checking(const Step& step, RoundRecord& round) {
    if (round.waiting > 0 && !step.is_over(round)) return false;
    judge_checks(step.state, step.parameters, round, step.height, step.events);
    end_checks(step, round);
    return true;
}

bool leave_attesting(const Step& step, RoundRecord& round) {
    if (round.waiting > 0 && !step.is_over(round)) return false;
    round.waiting = attestations_committed(step.state, round);
    if (round.waiting == 0) {
        make_void(step, round, "nobody attested a checkpoint in time");
    } else {
        step.enter(round, RoundPhase::opening_attestations, step.height + step.parameters.opening_blocks);
    }
    return true;
}

bool leave_opening_attestations(const Step& step, RoundRecord& round) {
    const auto agreed = agreed_checkpoint(step.state, step.parameters, round);
    // Who opens is paid for it, so those who are a little later may do so too; but nobody holds the others up.
    if (agreed) round.deadline = std::min(round.deadline, Height{step.height.value + k_late_opening_blocks});
    if (round.waiting > 0 && !step.is_over(round)) return false;
    if (agreed) {
        decide(step, round, *agreed);
        return true;
    }
    make_void(step, round,
              round.waiting == 0 ? "the participants attested different checkpoints"
                                 : "too few attested the same checkpoint in time");
    return true;
}

bool leave(const Step& step, RoundRecord& round) {
    switch (round.phase) {
        case RoundPhase::joining:
            return leave_joining(step, round);
        case RoundPhase::drawing:
            return leave_drawing(step, round);
        case RoundPhase::training:
            return leave_training(step, round);
        case RoundPhase::revealing:
            return leave_revealing(step, round);
        case RoundPhase::drawing_auditors:
            return leave_drawing_auditors(step, round);
        case RoundPhase::auditing:
            return leave_auditing(step, round);
        case RoundPhase::opening:
            return leave_opening(step, round);
        case RoundPhase::checking:
            return leave_checking(step, round);
        case RoundPhase::attesting:
            return leave_attesting(step, round);
        case RoundPhase::opening_attestations:
            return leave_opening_attestations(step, round);
        case RoundPhase::decided:
        case RoundPhase::voided:
            return false;
    }
    return false;
}

}  // namespace

void open_first_round(Overlay& state) {
    Rounds::put(state, Round{1}, joining_round_record(Round{1}, Height{0}));
}

void advance_rounds(Overlay& state, const Parameters& parameters, Height height, Events& events) {
    const Step step{.state = state, .parameters = parameters, .height = height, .events = events};
    // A round passes each phase at most once a block but for redraws, which wait for a later beacon.
    constexpr std::size_t k_most_steps = 32;
    for (std::size_t i = 0; i < k_most_steps; ++i) {
        RoundRecord round = Rounds::get(state, Head::get(state).live);
        const RoundRecord before = round;
        const bool moved = leave(step, round);
        if (round != before) Rounds::put(state, round.number, round);
        if (!moved) return;
    }
    DURE_ASSERT(false && "a round never came to rest");
}

Round round_to_join(const StateReader& state) {
    const HeadRecord head = Head::get(state);
    return Rounds::get(state, head.live).phase == RoundPhase::joining ? head.live : head.live.next();
}

}  // namespace dure::ledger
