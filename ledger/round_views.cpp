#include <algorithm>

#include "ledger/data/windows.h"
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

}  // namespace

std::optional<RoundView> round(const StateReader& state, protocol::Round number) {
    auto record = Rounds::find(state, number);
    if (!record) return std::nullopt;
    RoundView view{.record = std::move(*record), .units = {}, .attestations = {}, .minted = {}};
    Units::scan_part(state, number, [&](const UnitKey& key, const UnitRecord& unit) {
        view.units.push_back({key.unit, unit});
        return true;
    });
    Attestations::scan_part(state, number,
                            [&](const RoundAccountKey& key, const CheckpointAttestation& attestation) {
                                view.attestations.push_back({key.account, attestation});
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

std::vector<AssignedUnit> audits_assigned_to(const StateReader& state, const Account& account) {
    return live_units(state, RoundPhase::auditing, [&](const UnitRecord& unit) {
        return unit.status == UnitStatus::submitted && unit.auditor == account;
    });
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
