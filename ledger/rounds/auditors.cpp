#include "ledger/rounds/auditors.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "ledger/draws/draw.h"

namespace dure::ledger {

namespace {

Hash auditor_stream(const Hash& beacon, const UnitKey& key, std::uint32_t redraws) {
    static const TaggedHash hash("dure/unit/auditor");
    return hash({beacon.bytes, encode(key), encode(redraws)});
}

/// Submitted units without an answer. Copies, because visiting and writing do not mix.
std::vector<std::pair<UnitKey, UnitRecord>> unanswered_units(const Overlay& state, protocol::Round round) {
    std::vector<std::pair<UnitKey, UnitRecord>> units;
    Units::scan_part(state, round, [&](const UnitKey& key, const UnitRecord& unit) {
        if (unit.status == UnitStatus::submitted) units.emplace_back(key, unit);
        return true;
    });
    return units;
}

bool may_audit(const UnitRecord& unit, const Account& account) {
    return account != unit.trainer &&
           std::find(unit.silent.begin(), unit.silent.end(), account) == unit.silent.end();
}

std::vector<Candidate> eligible(const UnitRecord& unit, const std::vector<Candidate>& candidates) {
    std::vector<Candidate> chosen;
    for (const Candidate& one : candidates) {
        if (may_audit(unit, one.account)) chosen.push_back(one);
    }
    return chosen;
}

void mark_unaudited(Overlay& state, const UnitKey& key, UnitRecord unit, Events& events) {
    unit.status = UnitStatus::unaudited;
    unit.auditor.reset();
    Units::put(state, key, unit);
    events.push_back(UnitJudged{.round = key.round, .unit = key.unit, .status = unit.status});
}

}  // namespace

void draw_auditors(Overlay& state, RoundRecord& round, Events& events) {
    const Hash beacon = Beacon::get(state).value;
    std::vector<Candidate> joined;
    for (const Participant& one : round.participants)
        joined.push_back({one.account, one.weight});
    std::vector<Candidate> others = bonded_trainers(state);
    std::erase_if(others, [&](const Candidate& one) { return round.participant(one.account) != nullptr; });

    round.unanswered = 0;
    for (auto& [key, unit] : unanswered_units(state, round.number)) {
        Draw draw(auditor_stream(beacon, key, round.audit_redraws));
        auto auditor = draw_one(draw, eligible(unit, joined));
        if (!auditor) auditor = draw_one(draw, eligible(unit, others));
        if (!auditor) {
            mark_unaudited(state, key, unit, events);
            continue;
        }
        unit.auditor = auditor->account;
        Units::put(state, key, unit);
        ++round.unanswered;
        events.push_back(AuditorDrawn{.round = key.round, .unit = key.unit, .auditor = auditor->account});
    }
}

void dismiss_silent_auditors(Overlay& state, RoundRecord& round) {
    for (auto& [key, unit] : unanswered_units(state, round.number)) {
        DURE_ASSERT(unit.auditor.has_value());
        unit.silent.push_back(*unit.auditor);
        unit.auditor.reset();
        Units::put(state, key, unit);
    }
    round.unanswered = 0;
}

void give_up_unanswered(Overlay& state, RoundRecord& round, Events& events) {
    for (const auto& [key, unit] : unanswered_units(state, round.number))
        mark_unaudited(state, key, unit, events);
    round.unanswered = 0;
}

}  // namespace dure::ledger
