#include <algorithm>

#include "ledger/data/windows.h"
#include "ledger/draws/jury.h"
#include "ledger/rounds/phases.h"
#include "ledger/views.h"

namespace dure::ledger {

namespace {

/// The live round's units that `wanted` says yes to, if it is in this phase.
template <class Wanted>
std::vector<AssignedUnit> live_units(const StateReader& state, RoundPhase phase, Wanted&& wanted) {
    const RoundRecord live = current_round(state);
    std::vector<AssignedUnit> assigned;
    if (live.phase != phase) return assigned;
    Units::scan_part(state, live.number, [&](const UnitKey& key, const UnitRecord& unit) {
        if (wanted(unit)) {
            assigned.push_back({.round = live.number,
                                .unit = key.unit,
                                .record = unit,
                                .seed = unit_seed(live, key.unit),
                                .base = live.base,
                                .deadline = live.deadline});
        }
        return true;
    });
    return assigned;
}

/// Tasks of the live round's revealed units, likewise.
template <class Wanted>
std::vector<AssignedAudit> live_audits(const StateReader& state, RoundPhase phase, Wanted&& wanted) {
    std::vector<AssignedAudit> assigned;
    const auto is_revealed = [](const UnitRecord& unit) { return unit.status == UnitStatus::revealed; };
    for (const AssignedUnit& unit : live_units(state, phase, is_revealed)) {
        for (std::uint32_t task = 0; task < unit.record.audits.size(); ++task) {
            if (wanted(unit.record, unit.record.audits[task])) assigned.push_back({unit, task});
        }
    }
    return assigned;
}

}  // namespace

std::optional<RoundView> round(const StateReader& state, protocol::Round number) {
    auto record = Rounds::find(state, number);
    if (!record) return std::nullopt;
    RoundView view{.record = std::move(*record), .units = {}, .attestations = {}, .minted = {}};
    Units::scan_part(state, number, [&](const UnitKey& key, const UnitRecord& unit) {
        view.units.push_back({key.unit, unit, Disputes::find(state, key)});
        return true;
    });
    Attestations::scan_part(state, number, [&](const RoundAccountKey& key, const AttestationRecord& said) {
        view.attestations.push_back({key.account, said});
        return true;
    });
    MintRows::scan_part(state, number, [&](const UnitKey&, const MintRow& row) {
        view.minted.push_back(row);
        return true;
    });
    return view;
}

RoundRecord current_round(const StateReader& state) {
    return Rounds::get(state, Head::get(state).live);
}

RoundRecord joining_round(const StateReader& state) {
    return Rounds::get(state, round_to_join(state));
}

Page<RoundRecord, protocol::Round> rounds(const StateReader& state,
                                          const std::optional<protocol::Round>& from, std::size_t limit) {
    Page<RoundRecord, protocol::Round> page;
    const protocol::Round newest = round_to_join(state);
    for (protocol::Round number = std::min(from.value_or(newest), newest); number.value > 0; --number.value) {
        if (page.entries.size() == std::min(limit, k_max_page)) {
            page.next = number;
            break;
        }
        page.entries.push_back(Rounds::get(state, number));
    }
    return page;
}

std::vector<AssignedUnit> units_assigned_to(const StateReader& state, const Account& account) {
    return live_units(state, RoundPhase::training, [&](const UnitRecord& unit) {
        return unit.status == UnitStatus::assigned && unit.trainer == account;
    });
}

std::vector<AssignedUnit> reveals_owed_by(const StateReader& state, const Account& account) {
    return live_units(state, RoundPhase::revealing, [&](const UnitRecord& unit) {
        return unit.status == UnitStatus::submitted && unit.trainer == account;
    });
}

std::vector<AssignedUnit> servings_owed_by(const StateReader& state, const Account& account) {
    return live_units(state, RoundPhase::auditing, [&](const UnitRecord& unit) {
        return unit.status == UnitStatus::revealed && unit.trainer == account && !unit.served;
    });
}

std::vector<AssignedUnit> openings_owed_by(const StateReader& state, const Account& account) {
    std::vector<AssignedUnit> owed = live_units(state, RoundPhase::opening, [&](const UnitRecord& unit) {
        return unit.status == UnitStatus::revealed && unit.trainer == account && !unit.opened;
    });
    for (DisputeTurn& turn : open_disputes(state)) {
        if (turn.dispute.stage == DisputeStage::unopened && turn.dispute.trainer == account)
            owed.push_back(std::move(turn.unit));
    }
    return owed;
}

std::vector<AssignedAudit> audits_assigned_to(const StateReader& state, const Account& account) {
    return live_audits(state, RoundPhase::auditing, [&](const UnitRecord& unit, const AuditTask& task) {
        return task.auditor == account && !task.commitment && (task.first == 0 || unit.served);
    });
}

std::vector<AssignedAudit> audit_openings_owed_by(const StateReader& state, const Account& account) {
    return live_audits(state, RoundPhase::opening, [&](const UnitRecord&, const AuditTask& task) {
        return task.auditor == account && task.commitment && !task.answer;
    });
}

std::vector<AssignedUnit> holdings_owed_by(const StateReader& state, const Account& account) {
    return live_units(state, RoundPhase::auditing, [&](const UnitRecord& unit) {
        return unit.status == UnitStatus::revealed && unit.served &&
               std::any_of(unit.holders.begin(), unit.holders.end(),
                           [&](const Holder& one) { return one.account == account && !one.holds; });
    });
}

std::vector<AssignedUnit> checks_owed_by(const StateReader& state, const Account& account) {
    return live_units(state, RoundPhase::checking, [&](const UnitRecord& unit) {
        return unit.status == UnitStatus::revealed && !unit.checked && unit.audits.front().auditor == account;
    });
}

std::vector<DisputeTurn> open_disputes(const StateReader& state) {
    std::vector<UnitKey> open;
    DisputesDue::scan(state, [&](const DueKey& key, const Nothing&) {
        open.push_back(key.unit);
        return true;
    });
    std::vector<DisputeTurn> disputes;
    for (const UnitKey& key : open) {
        const RoundRecord round_record = Rounds::get(state, key.round);
        DisputeRecord record = Disputes::get(state, key);
        disputes.push_back({.unit = {.round = key.round,
                                     .unit = key.unit,
                                     .record = Units::get(state, key),
                                     .seed = unit_seed(round_record, key.unit),
                                     .base = round_record.base,
                                     .deadline = record.deadline},
                            .dispute = std::move(record)});
    }
    return disputes;
}

std::vector<DisputeTurn> dispute_turns_of(const StateReader& state, const Account& account) {
    const auto owes = [&](const DisputeRecord& one_dispute) {
        const Juror* const juror = find_juror(one_dispute.committee, account);
        switch (one_dispute.stage) {
            case DisputeStage::bisecting:
            case DisputeStage::serving:
                return one_dispute.trainer == account;
            case DisputeStage::answering:
                return one_dispute.challenger == account;
            case DisputeStage::deciding:
                return juror != nullptr && juror->owes_commitment();
            case DisputeStage::opening:
                return juror != nullptr && juror->owes_opening();
            case DisputeStage::unopened:  // it is opened as in its round, see openings_owed_by
            case DisputeStage::drawing:
            case DisputeStage::closed:
                return false;
        }
        return false;
    };
    std::vector<DisputeTurn> turns = open_disputes(state);
    std::erase_if(turns, [&](const DisputeTurn& turn) { return !owes(turn.dispute); });
    return turns;
}

std::optional<AttestationRecord> attestation_of(const StateReader& state, protocol::Round number,
                                                const Account& account) {
    return Attestations::find(state, {number, account});
}

std::optional<DisputeRecord> dispute(const StateReader& state, protocol::Round number, std::uint32_t unit) {
    return Disputes::find(state, {number, unit});
}

std::vector<UnitView> accepted_units(const StateReader& state, protocol::Round number) {
    std::vector<UnitView> accepted;
    Units::scan_part(state, number, [&](const UnitKey& key, const UnitRecord& unit) {
        if (unit.status == UnitStatus::accepted) accepted.push_back({key.unit, unit});
        return true;
    });
    return accepted;
}

std::vector<Window> windows_of_unit(const StateReader& state, const RoundRecord& round, std::uint32_t unit) {
    std::vector<Window> windows;
    for (const DrawnWindow& drawn : unit_windows(state, {round.number, unit}))
        windows.push_back({SamplingTable::get(state, drawn.row).shard, drawn.first_token});
    return windows;
}

Hash unit_seed(const RoundRecord& round, std::uint32_t unit) {
    return unit_seed_of(round.seed, unit);
}

}  // namespace dure::ledger
