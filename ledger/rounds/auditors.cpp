#include "ledger/rounds/auditors.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "ledger/draws/draw.h"
#include "ledger/ownership/slashing.h"
#include "ledger/rounds/audit_plan.h"
#include "ledger/rounds/units.h"

namespace dure::ledger {

namespace {

template <class... Parts>
Hash stream_of(const TaggedHash& hash, const Hash& beacon, const Parts&... parts) {
    return hash({beacon.bytes, encode(parts)...});
}

const TaggedHash& segments_stream() {
    static const TaggedHash hash("dure/unit/segments");
    return hash;
}
const TaggedHash& auditor_stream() {
    static const TaggedHash hash("dure/unit/auditor");
    return hash;
}
const TaggedHash& holders_stream() {
    static const TaggedHash hash("dure/unit/holders");
    return hash;
}

bool contains(const auto& list, const Account& account) {
    return std::find(list.begin(), list.end(), account) != list.end();
}

/// One draw for all units: the candidates are looked up once.
class AuditDraw {
  public:
    AuditDraw(Overlay& state, const Parameters& parameters, const RoundRecord& round, Events& events)
        : state_(state),
          parameters_(parameters),
          round_(round),
          events_(events),
          beacon_(Beacon::get(state).value),
          chain_(ChainInfo::get(state)),
          others_(bonded_trainers(state)) {
        for (const Participant& one : round.participants)
            joined_.push_back({one.account, one.weight});
        std::erase_if(others_,
                      [&](const Candidate& one) { return round.participant(one.account) != nullptr; });
    }

    void unit(const UnitKey& key, UnitRecord unit) {
        if (unit.audits.empty()) plan(key, unit);
        for (std::uint32_t task = 0; task < unit.audits.size(); ++task) {
            if (unit.audits[task].auditor) continue;
            if (!draw_auditor(key, unit, task)) {
                judge_unit(state_, key, std::move(unit), UnitStatus::unaudited, events_);
                return;
            }
        }
        draw_holders(key, unit);
        Units::put(state_, key, unit);
    }

  private:
    /// All of them for a newcomer, and where numbers ceased to be finite.
    std::uint32_t segments_to_audit(const UnitRecord& unit, std::uint32_t segments) {
        const Participant* trainer = round_.participant(unit.trainer);
        DURE_ASSERT(trainer != nullptr);
        if (trainer->weight.is_zero() || unit.is_null(chain_.unit_tokens())) return segments;
        auto stake = stakes_.find(unit.trainer);
        if (stake == stakes_.end()) {
            const Shares locked = locked_stake(state_, parameters_, unit.trainer);
            stake = stakes_.emplace(unit.trainer, Shares{locked.value / trainer->units}).first;
        }
        return audited_segments(parameters_, segments, unit_value(parameters_, round_.number), stake->second);
    }

    void plan(const UnitKey& key, UnitRecord& unit) {
        const std::uint32_t segments = chain_.unit.segments();
        const std::uint32_t count = segments_to_audit(unit, segments);
        unit.audited_whole = count == segments;
        if (unit.audited_whole) {
            unit.audits.push_back({.first = 0, .count = segments});
        } else {
            Draw draw(stream_of(segments_stream(), beacon_, key));
            for (const std::uint32_t first : draw_segments(draw, segments, count))
                unit.audits.push_back({.first = first, .count = 1});
        }
        unit.served = std::all_of(unit.audits.begin(), unit.audits.end(),
                                  [](const AuditTask& task) { return task.first == 0; });
    }

    bool draw_auditor(const UnitKey& key, UnitRecord& unit, std::uint32_t number) {
        AuditTask& task = unit.audits[number];
        Draw draw(stream_of(auditor_stream(), beacon_, key, number, round_.audit_redraws));
        // Somebody without another task of this unit, if there is one: two answers of one mind are one.
        const auto may = [&](const Account& account, bool fresh) {
            if (account == unit.trainer || contains(task.silent, account)) return false;
            return !fresh || std::none_of(unit.audits.begin(), unit.audits.end(),
                                          [&](const AuditTask& one) { return one.auditor == account; });
        };
        for (const bool fresh : {true, false}) {
            for (const std::vector<Candidate>* from : {&joined_, &others_}) {
                std::vector<Candidate> eligible;
                for (const Candidate& one : *from) {
                    if (may(one.account, fresh)) eligible.push_back(one);
                }
                const auto drawn = draw_one(draw, eligible);
                if (!drawn) continue;
                task.auditor = drawn->account;
                events_.push_back(AuditorDrawn{
                    .round = key.round, .unit = key.unit, .task = number, .auditor = drawn->account});
                return true;
            }
        }
        return false;
    }

    void draw_holders(const UnitKey& key, UnitRecord& unit) {
        Draw draw(stream_of(holders_stream(), beacon_, key, round_.audit_redraws));
        for (const std::vector<Candidate>* from : {&joined_, &others_}) {
            std::vector<Candidate> eligible = *from;
            std::erase_if(eligible, [&](const Candidate& one) {
                return one.account == unit.trainer ||
                       std::any_of(unit.holders.begin(), unit.holders.end(),
                                   [&](const Holder& holder) { return holder.account == one.account; });
            });
            for (const Candidate& one :
                 draw_several(draw, std::move(eligible), parameters_.holders - unit.holders.size()))
                unit.holders.push_back({.account = one.account});
        }
    }

    Overlay& state_;
    const Parameters& parameters_;
    const RoundRecord& round_;
    Events& events_;
    const Hash beacon_;
    const ChainRecord chain_;
    std::vector<Candidate> joined_;
    std::vector<Candidate> others_;
    std::map<Account, Shares> stakes_;  ///< for each unit
};

}  // namespace

void draw_auditors(Overlay& state, const Parameters& parameters, const RoundRecord& round, Events& events) {
    AuditDraw draw(state, parameters, round, events);
    for (auto& [key, unit] : units_with(state, round.number, UnitStatus::revealed))
        draw.unit(key, std::move(unit));
}

std::uint32_t audit_moves_awaited(const StateReader& state, const Parameters& parameters,
                                  const RoundRecord& round) {
    std::uint64_t moves = 0;
    for (const auto& [key, unit] : units_with(state, round.number, UnitStatus::revealed)) {
        moves += unit.served ? 0U : 1U;
        for (const AuditTask& task : unit.audits)
            moves += task.commitment ? 0U : 1U;
        const std::size_t needed = unit.holders_needed(parameters);
        moves += needed - std::min(needed, unit.holders_ready());
    }
    return static_cast<std::uint32_t>(moves);
}

void give_up_unserved(Overlay& state, const Parameters& parameters, const RoundRecord& round,
                      protocol::Height height, Events& events) {
    for (auto& [key, unit] : units_with(state, round.number, UnitStatus::revealed)) {
        if (!unit.served) withhold(state, parameters, key, unit, height, events);
    }
}

void dismiss_silent(Overlay& state, const RoundRecord& round) {
    for (auto& [key, unit] : units_with(state, round.number, UnitStatus::revealed)) {
        for (AuditTask& task : unit.audits) {
            if (task.commitment || !task.auditor) continue;
            task.silent.push_back(*task.auditor);
            task.auditor.reset();
        }
        std::erase_if(unit.holders, [](const Holder& one) { return !one.holds; });
        Units::put(state, key, unit);
    }
}

void give_up_unanswered(Overlay& state, const Parameters& parameters, const RoundRecord& round,
                        protocol::Height height, Events& events) {
    for (auto& [key, unit] : units_with(state, round.number, UnitStatus::revealed)) {
        const bool is_held = unit.holders_ready() >= unit.holders_needed(parameters);
        const bool is_answered =
            std::all_of(unit.audits.begin(), unit.audits.end(),
                        [](const AuditTask& task) { return task.commitment.has_value(); });
        if (!is_held) {
            withhold(state, parameters, key, unit, height, events);
        } else if (!is_answered) {
            judge_unit(state, key, std::move(unit), UnitStatus::unaudited, events);
        }
    }
}

}  // namespace dure::ledger
