#include "node/roles/duties.h"

#include <algorithm>

namespace dure::node {

namespace {

template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

bool has_attested(const ledger::RoundView& round, const Account& account) {
    return std::any_of(round.attestations.begin(), round.attestations.end(),
                       [&](const auto& one) { return one.account == account; });
}

}  // namespace

DutyKey key_of(const Duty& duty) {
    const std::size_t kind = duty.index();
    return std::visit(Overloaded{
                          [&](const JoinDuty& join) {
                              return DutyKey{kind, join.round.value, 0, {}};
                          },
                          [&](const TrainDuty& train) {
                              return DutyKey{kind, train.unit.round.value, train.unit.unit, train.unit.seed};
                          },
                          [&](const AuditDuty& audit) {
                              return DutyKey{kind, audit.unit.round.value, audit.unit.unit, audit.unit.seed};
                          },
                          [&](const ScoreDuty& score) {
                              return DutyKey{kind, score.shard.record.redraws, 0, score.shard.hash};
                          },
                          [&](const AttestDuty& attest) {
                              return DutyKey{kind, attest.round.number.value, 0, attest.round.seed};
                          },
                      },
                      duty);
}

protocol::Height deadline_of(const Duty& duty) {
    return std::visit(Overloaded{
                          // Joining ends when others are ready, which nobody can foresee.
                          [](const JoinDuty&) { return protocol::Height{}; },
                          [](const TrainDuty& train) { return train.unit.deadline; },
                          [](const AuditDuty& audit) { return audit.unit.deadline; },
                          [](const ScoreDuty& score) { return score.shard.record.deadline; },
                          [](const AttestDuty& attest) { return attest.round.deadline; },
                      },
                      duty);
}

std::string describe(const Duty& duty) {
    return std::visit(
        Overloaded{
            [](const JoinDuty& join) {
                return "join round " + to_text(join.round) + " with " + std::to_string(join.units) + " units";
            },
            [](const TrainDuty& train) {
                return "train unit " + std::to_string(train.unit.unit) + " of round " +
                       to_text(train.unit.round);
            },
            [](const AuditDuty& audit) {
                return "audit unit " + std::to_string(audit.unit.unit) + " of round " +
                       to_text(audit.unit.round);
            },
            [](const ScoreDuty& score) { return "score shard " + score.shard.hash.hex().substr(0, 16); },
            [](const AttestDuty& attest) {
                return "attest the checkpoint of round " + to_text(attest.round.number);
            },
        },
        duty);
}

std::vector<Duty> duties_of(const ledger::StateReader& state, const Account& account,
                            const DutyOptions& options) {
    std::vector<Duty> duties;
    const ledger::RoundRecord live = ledger::current_round(state);
    if (live.phase == ledger::RoundPhase::attesting && live.participant(account) != nullptr) {
        const auto round = ledger::round(state, live.number);
        if (round && !has_attested(*round, account)) duties.emplace_back(AttestDuty{live});
    }
    for (ledger::AssignedUnit& unit : ledger::audits_assigned_to(state, account))
        duties.emplace_back(AuditDuty{std::move(unit)});
    for (ledger::ShardView& shard : ledger::scorings_assigned_to(state, account))
        duties.emplace_back(ScoreDuty{std::move(shard)});
    if (options.trains) {
        for (ledger::AssignedUnit& unit : ledger::units_assigned_to(state, account))
            duties.emplace_back(TrainDuty{std::move(unit)});
        const ledger::RoundRecord joining = ledger::joining_round(state);
        const auto peer = ledger::peer(state, account);
        const bool may_join = peer && peer->record.is(ledger::k_role_trainer) && !peer->bonded.is_zero() &&
                              joining.participant(account) == nullptr;
        const std::uint32_t units = std::min(options.units, ledger::parameters(state).max_units_per_trainer);
        if (may_join && units > 0) duties.emplace_back(JoinDuty{joining.number, units});
    }
    std::stable_sort(duties.begin(), duties.end(),
                     [](const Duty& a, const Duty& b) { return deadline_of(a) < deadline_of(b); });
    return duties;
}

}  // namespace dure::node
