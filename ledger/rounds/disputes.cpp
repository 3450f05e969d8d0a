#include "ledger/rounds/disputes.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "ledger/draws/jury.h"
#include "ledger/draws/reveals.h"
#include "ledger/ownership/slashing.h"
#include "ledger/rounds/minting.h"
#include "ledger/rounds/units.h"

namespace dure::ledger {

namespace {

using protocol::Height;

Hash committee_stream(const Hash& beacon, const UnitKey& key, const DisputeRecord& dispute) {
    static const TaggedHash hash("dure/dispute/committee");
    return hash({beacon.bytes, encode(key), encode(dispute.task), encode(dispute.redraws)});
}

bool is_open(const StateReader& state, const UnitKey& key) {
    const auto dispute = Disputes::find(state, key);
    return dispute && dispute->stage != DisputeStage::closed;
}

void put_on_agenda(Overlay& state, const UnitKey& key, DisputeRecord& dispute, Height deadline) {
    if (dispute.deadline.value != 0) DisputesDue::erase(state, {dispute.deadline, key});
    dispute.deadline = deadline;
    if (deadline.value != 0) DisputesDue::put(state, {deadline, key}, {});
    Disputes::put(state, key, dispute);
}

DisputeRecord new_dispute(const UnitRecord& unit, std::uint32_t task, DisputeKind kind, Height height) {
    DisputeRecord dispute;
    dispute.kind = kind;
    dispute.trainer = unit.trainer;
    dispute.challenger = *unit.audits[task].auditor;
    dispute.task = task;
    dispute.opened = height;
    return dispute;
}

void announce(const UnitKey& key, const DisputeRecord& dispute, Events& events) {
    events.push_back(DisputeOpened{.round = key.round,
                                   .unit = key.unit,
                                   .kind = dispute.kind,
                                   .trainer = dispute.trainer,
                                   .challenger = dispute.challenger});
}

/// The first segment of the task at whose end the two found different states.
std::optional<std::uint32_t> first_difference(const UnitRecord& unit, const AuditTask& task) {
    for (std::uint32_t i = 0; i < task.count; ++i) {
        if (task.answer->states[i] != unit.opened->states[task.first + i + 1]) return task.first + i;
    }
    return std::nullopt;
}

/// They agree on all states, and disagree on the update that follows from the last one.
void dispute_update(const StateReader& state, const UnitRecord& unit, DisputeRecord& dispute) {
    dispute.kind = DisputeKind::quantization;
    dispute.low = ChainInfo::get(state).unit.steps;
    dispute.high = dispute.low;
    dispute.low_state = unit.opened->states.back();
    dispute.high_state = unit.revealed->update;
}

/// Says in the dispute where its trainer and its challenger differ first. Both have opened.
void find_difference(const StateReader& state, const UnitRecord& unit, DisputeRecord& dispute) {
    const auto segment = first_difference(unit, unit.audits[dispute.task]);
    if (!segment) {
        // Only whoever replayed it all has an update to compare.
        dispute_update(state, unit, dispute);
        return;
    }
    const SegmentPlan plan = ChainInfo::get(state).unit;
    dispute.low = plan.step_at(*segment);
    dispute.high = plan.step_at(*segment + 1);
    dispute.low_state = unit.opened->states[*segment];
    dispute.high_state = unit.opened->states[*segment + 1];
}

void make_first_move(Overlay& state, const Parameters& parameters, const UnitKey& key, DisputeRecord dispute,
                     Height height, Events& events) {
    if (dispute.kind == DisputeKind::quantization) {
        enter_stage(state, key, std::move(dispute), DisputeStage::serving, height,
                    height + parameters.dispute_blocks, events);
    } else {
        narrow(state, parameters, key, std::move(dispute), height, events);
    }
}

/// Whether more of the committee's weight found what the trainer claims than found anything else.
bool rather_confirmed(const DisputeRecord& dispute) {
    Uint128 confirming = 0;
    Uint128 denying = 0;
    for (const Juror& juror : dispute.committee) {
        if (juror.found) (*juror.found == dispute.high_state ? confirming : denying) += juror.weight.value;
    }
    return confirming > denying;
}

template <class Change>
void credit_account(Overlay& state, const Account& account, Change&& change) {
    CreditRecord credit = Credits::find(state, account).value_or(CreditRecord{});
    change(credit);
    Credits::put(state, account, credit);
}

/// Whose audits are paid after all: those that agree with what was found.
void credit_auditors(Overlay& state, const UnitRecord& unit, DisputeOutcome outcome) {
    const ChainRecord chain = ChainInfo::get(state);
    for (const AuditTask& task : unit.audits) {
        if (!task.answer) continue;
        const bool is_right = outcome == DisputeOutcome::trainer_wrong || unit.agrees(task);
        if (!is_right) continue;
        credit_account(state, *task.auditor,
                       [&](CreditRecord& credit) { credit.audit_permille += audit_weight(chain, task); });
    }
}

/// The state before the step in question can be had without asking: the public base, or one that was served.
bool start_is_public(const UnitRecord& unit, const ChainRecord& chain, DisputeRecord& dispute) {
    if (dispute.low == 0) return true;
    for (const ServedState& served : unit.starts) {
        if (chain.unit.step_at(served.boundary) != dispute.low) continue;
        dispute.start = served.roots;
        return true;
    }
    return false;
}

void redraw_committee(Overlay& state, const Parameters& parameters, const UnitKey& key, DisputeRecord dispute,
                      Height height, Events& events) {
    if (dispute.redraws == parameters.dispute_redraws) {
        close_dispute(state, parameters, key, std::move(dispute), DisputeOutcome::undecided, height, events);
        return;
    }
    ++dispute.redraws;
    enter_stage(state, key, std::move(dispute), DisputeStage::drawing, height, height.next(), events);
}

void draw_when_mature(Overlay& state, const Parameters& parameters, const UnitKey& key, DisputeRecord dispute,
                      Height height, Events& events) {
    if (!beacon_matured(state, dispute.since)) {
        put_on_agenda(state, key, dispute, height.next());
        return;
    }
    const Account sides[] = {dispute.trainer, dispute.challenger};
    dispute.committee = draw_jury(state, committee_stream(Beacon::get(state).value, key, dispute), sides,
                                  parameters.dispute_committee);
    if (dispute.committee.empty()) {
        close_dispute(state, parameters, key, std::move(dispute), DisputeOutcome::undecided, height, events);
    } else {
        enter_stage(state, key, std::move(dispute), DisputeStage::deciding, height,
                    height + parameters.dispute_blocks, events);
    }
}

void advance(Overlay& state, const Parameters& parameters, const UnitKey& key, Height height,
             Events& events) {
    DisputeRecord dispute = Disputes::get(state, key);
    switch (dispute.stage) {
        case DisputeStage::unopened:
        case DisputeStage::bisecting:
        case DisputeStage::serving:
            close_dispute(state, parameters, key, std::move(dispute), DisputeOutcome::trainer_wrong, height,
                          events);
            return;
        case DisputeStage::answering:
            close_dispute(state, parameters, key, std::move(dispute), DisputeOutcome::challenger_wrong,
                          height, events);
            return;
        case DisputeStage::drawing:
            draw_when_mature(state, parameters, key, std::move(dispute), height, events);
            return;
        case DisputeStage::deciding:
            if (anybody_committed(dispute.committee)) {
                enter_stage(state, key, std::move(dispute), DisputeStage::opening, height,
                            height + parameters.dispute_blocks, events);
            } else {
                redraw_committee(state, parameters, key, std::move(dispute), height, events);
            }
            return;
        case DisputeStage::opening:
            tally_verdicts(state, parameters, key, std::move(dispute), true, height, events);
            return;
        case DisputeStage::closed:
            DURE_ASSERT(false && "a closed dispute is due");
    }
}

}  // namespace

void enter_stage(Overlay& state, const UnitKey& key, DisputeRecord dispute, DisputeStage stage, Height height,
                 Height deadline, Events& events) {
    dispute.stage = stage;
    dispute.since = height;
    put_on_agenda(state, key, dispute, deadline);
    events.push_back(
        DisputeMoved{.round = key.round, .unit = key.unit, .stage = stage, .deadline = deadline});
}

bool open_dispute(Overlay& state, const Parameters& parameters, const UnitKey& key, const UnitRecord& unit,
                  std::uint32_t from_task, Height height, Events& events) {
    DURE_ASSERT(!is_open(state, key));
    for (std::uint32_t number = from_task; number < unit.audits.size(); ++number) {
        const AuditTask& task = unit.audits[number];
        if (!task.answer || unit.agrees(task)) continue;
        DisputeRecord dispute = new_dispute(unit, number, DisputeKind::computation, height);
        if (unit.opened) find_difference(state, unit, dispute);
        announce(key, dispute, events);
        if (unit.opened) {
            make_first_move(state, parameters, key, std::move(dispute), height, events);
        } else {
            enter_stage(state, key, std::move(dispute), DisputeStage::unopened, height,
                        height + parameters.dispute_blocks, events);
        }
        return true;
    }
    return false;
}

void contest(Overlay& state, const Parameters& parameters, const UnitKey& key, const UnitRecord& unit,
             DisputeRecord dispute, Height height, Events& events) {
    DURE_ASSERT(dispute.stage == DisputeStage::unopened && unit.opened);
    find_difference(state, unit, dispute);
    make_first_move(state, parameters, key, std::move(dispute), height, events);
}

void open_quantization_dispute(Overlay& state, const Parameters& parameters, const UnitKey& key,
                               const UnitRecord& unit, Height height, Events& events) {
    DisputeRecord dispute = new_dispute(unit, 0, DisputeKind::quantization, height);
    dispute_update(state, unit, dispute);
    announce(key, dispute, events);
    make_first_move(state, parameters, key, std::move(dispute), height, events);
}

void narrow(Overlay& state, const Parameters& parameters, const UnitKey& key, DisputeRecord dispute,
            Height height, Events& events) {
    dispute.middle.reset();
    if (dispute.high - dispute.low > 1) {
        enter_stage(state, key, std::move(dispute), DisputeStage::bisecting, height,
                    height + parameters.dispute_blocks, events);
    } else if (start_is_public(Units::get(state, key), ChainInfo::get(state), dispute)) {
        enter_stage(state, key, std::move(dispute), DisputeStage::drawing, height, height.next(), events);
    } else {
        enter_stage(state, key, std::move(dispute), DisputeStage::serving, height,
                    height + parameters.dispute_blocks, events);
    }
}

void close_dispute(Overlay& state, const Parameters& parameters, const UnitKey& key, DisputeRecord dispute,
                   DisputeOutcome outcome, Height height, Events& events) {
    dispute.stage = DisputeStage::closed;
    dispute.outcome = outcome;
    dispute.closed = height;
    put_on_agenda(state, key, dispute, {});
    events.push_back(DisputeClosed{.round = key.round, .unit = key.unit, .outcome = outcome});
    const UnitRecord unit = Units::get(state, key);
    if (outcome == DisputeOutcome::challenger_wrong) {
        slash(state, parameters, dispute.challenger, dispute.trainer, SlashCause::dispute, height, events);
        // Another auditor may have found something else, too, and be right.
        if (dispute.kind == DisputeKind::computation &&
            open_dispute(state, parameters, key, unit, dispute.task + 1, height, events))
            return;
    } else if (outcome == DisputeOutcome::trainer_wrong) {
        slash(state, parameters, dispute.trainer, dispute.challenger, SlashCause::dispute, height, events);
    }
    const bool is_upheld = outcome == DisputeOutcome::challenger_wrong ||
                           (outcome == DisputeOutcome::undecided && rather_confirmed(dispute));
    if (is_upheld) credit_account(state, unit.trainer, [](CreditRecord& credit) { ++credit.units; });
    credit_auditors(state, unit, outcome);
    judge_unit(state, key, unit, is_upheld ? UnitStatus::upheld : UnitStatus::rejected, events);
}

void tally_verdicts(Overlay& state, const Parameters& parameters, const UnitKey& key, DisputeRecord dispute,
                    bool is_over, Height height, Events& events) {
    if (const auto found = agreed_finding(dispute.committee)) {
        credit_jury(state, dispute.committee, *found);
        const bool trainer_is_right = *found == dispute.high_state;
        close_dispute(state, parameters, key, std::move(dispute),
                      trainer_is_right ? DisputeOutcome::challenger_wrong : DisputeOutcome::trainer_wrong,
                      height, events);
        return;
    }
    if (is_over || everybody_opened(dispute.committee)) {
        redraw_committee(state, parameters, key, std::move(dispute), height, events);
    } else {
        Disputes::put(state, key, dispute);
    }
}

void advance_disputes(Overlay& state, const Parameters& parameters, Height height, Events& events) {
    std::vector<DueKey> due;
    DisputesDue::scan(state, [&](const DueKey& key, const Nothing&) {
        if (key.height > height) return false;
        due.push_back(key);
        return true;
    });
    for (const DueKey& one : due)
        advance(state, parameters, one.unit, height, events);
}

}  // namespace dure::ledger
