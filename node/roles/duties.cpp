#include "node/roles/duties.h"

#include <algorithm>

#include "ledger/ownership/slashing.h"

namespace dure::node {

namespace {

template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

/// "unit 2 of round 7"
std::string name_of(const ledger::AssignedUnit& unit) {
    return "unit " + std::to_string(unit.unit) + " of round " + to_text(unit.round);
}
std::string name_of(const ledger::AssignedAudit& audit) {
    return name_of(audit.unit) + " (audit " + std::to_string(audit.task) + ")";
}

DutyKey key_of_unit(std::size_t kind, const ledger::AssignedUnit& unit, std::uint64_t task = 0) {
    return {kind, unit.round.value, unit.unit | task << 32, unit.seed};
}

/// What a turn is about: another stage, other steps or another committee make another duty.
Hash subject_of(const ledger::DisputeRecord& dispute) {
    static const TaggedHash hash("dure/duty/dispute");
    return hash({encode(dispute.stage), encode(dispute.task), encode(dispute.low), encode(dispute.high),
                 encode(dispute.redraws)});
}

/// A shard is judged once by each committee, and again in later generations.
DutyKey scoring_key(std::size_t kind, const ledger::ShardView& shard) {
    return {kind, shard.judging->second ? 1U : 0U, shard.judging->redraws, shard.judging->seed};
}

}  // namespace

DutyKey key_of(const Duty& duty) {
    const std::size_t kind = duty.index();
    return std::visit(
        Overloaded{
            [&](const JoinDuty& join) {
                return DutyKey{kind, join.round.value, 0, {}};
            },
            [&](const ScoreDuty& score) { return scoring_key(kind, score.shard); },
            [&](const OpenScoreDuty& open) { return scoring_key(kind, open.shard); },
            [&](const AttestDuty& attest) {
                return DutyKey{kind, attest.round.number.value, 0, attest.round.seed};
            },
            [&](const OpenAttestationDuty& open) {
                return DutyKey{kind, open.round.number.value, 0, open.round.seed};
            },
            [&](const AuditDuty& one) { return key_of_unit(kind, one.audit.unit, one.audit.task); },
            [&](const OpenAuditDuty& one) { return key_of_unit(kind, one.audit.unit, one.audit.task); },
            // What was not opened in its round is opened in a dispute, again if need be.
            [&](const OpenSegmentsDuty& one) {
                return key_of_unit(kind, one.unit,
                                   one.unit.record.status == ledger::UnitStatus::disputed ? 1 : 0);
            },
            [&](const DisputeDuty& one) {
                return DutyKey{kind, one.turn.unit.round.value, one.turn.unit.unit,
                               subject_of(one.turn.dispute)};
            },
            [&](const JudgeReceiptDuty& one) {
                return DutyKey{kind, one.turn.record.redraws,
                               static_cast<std::uint64_t>(one.turn.record.stage), one.turn.receipt};
            },
            [&](const auto& one) { return key_of_unit(kind, one.unit); },
        },
        duty);
}

protocol::Height deadline_of(const Duty& duty) {
    return std::visit(Overloaded{
                          // Joining ends when others are ready, which nobody can foresee.
                          [](const JoinDuty&) { return protocol::Height{}; },
                          [](const ScoreDuty& score) { return score.shard.judging->deadline; },
                          [](const OpenScoreDuty& open) { return open.shard.judging->deadline; },
                          [](const AttestDuty& attest) { return attest.round.deadline; },
                          [](const OpenAttestationDuty& open) { return open.round.deadline; },
                          [](const AuditDuty& one) { return one.audit.unit.deadline; },
                          [](const OpenAuditDuty& one) { return one.audit.unit.deadline; },
                          [](const DisputeDuty& one) { return one.turn.unit.deadline; },
                          [](const JudgeReceiptDuty& one) { return one.turn.record.deadline; },
                          [](const auto& one) { return one.unit.deadline; },
                      },
                      duty);
}

std::string describe(const Duty& duty) {
    return std::visit(
        Overloaded{
            [](const JoinDuty& join) {
                return "join round " + to_text(join.round) + " with " + std::to_string(join.units) + " units";
            },
            [](const TrainDuty& one) { return "train " + name_of(one.unit); },
            [](const RevealDuty& one) { return "reveal the update of " + name_of(one.unit); },
            [](const ServeDuty& one) { return "serve the segments of " + name_of(one.unit); },
            [](const HoldDuty& one) { return "hold the bytes of " + name_of(one.unit); },
            [](const AuditDuty& one) { return "audit " + name_of(one.audit); },
            [](const OpenSegmentsDuty& one) { return "open the segments of " + name_of(one.unit); },
            [](const OpenAuditDuty& one) { return "open the answer about " + name_of(one.audit); },
            [](const CheckDuty& one) { return "check the update of " + name_of(one.unit); },
            [](const ScoreDuty& score) { return "score shard " + score.shard.hash.hex().substr(0, 16); },
            [](const OpenScoreDuty& open) {
                return "open the score of shard " + open.shard.hash.hex().substr(0, 16);
            },
            [](const AttestDuty& attest) {
                return "attest the checkpoint of round " + to_text(attest.round.number);
            },
            [](const OpenAttestationDuty& open) {
                return "open the attestation of round " + to_text(open.round.number);
            },
            [](const JudgeReceiptDuty& one) {
                return "judge receipt " + one.turn.receipt.hex().substr(0, 16) + " (" +
                       ledger::name_of(one.turn.record.stage) + ")";
            },
            [](const DisputeDuty& one) {
                return "move in the dispute (" + std::string(ledger::name_of(one.turn.dispute.stage)) +
                       ") about " + name_of(one.turn.unit);
            },
        },
        duty);
}

namespace {

void add_attesting(const ledger::StateReader& state, const Account& account, std::vector<Duty>& duties) {
    const ledger::RoundRecord live = ledger::current_round(state);
    const ledger::Participant* self = live.participant(account);
    if (self == nullptr || self->weight.is_zero()) return;
    const auto said = ledger::attestation_of(state, live.number, account);
    if (live.phase == ledger::RoundPhase::attesting && !said) duties.emplace_back(AttestDuty{live});
    if (live.phase == ledger::RoundPhase::opening_attestations && said && !said->opened)
        duties.emplace_back(OpenAttestationDuty{live});
}

/// Bonded, or with a deposit in the place of a bond.
std::uint32_t units_to_join(const ledger::StateReader& state, const Account& account,
                            const DutyOptions& options) {
    const auto peer = ledger::peer(state, account);
    if (!peer || !peer->record.is(ledger::k_role_trainer)) return 0;
    const ledger::Parameters parameters = ledger::parameters(state);
    const std::uint32_t units = std::min(options.units, parameters.max_units_per_trainer);
    if (!peer->bonded.is_zero()) return units;
    const bool has_deposit = ledger::deposit_of(state, account) >= parameters.newcomer_deposit;
    return has_deposit ? std::min(units, parameters.newcomer_units) : 0;
}

}  // namespace

std::vector<Duty> duties_of(const ledger::StateReader& state, const Account& account,
                            const DutyOptions& options) {
    std::vector<Duty> duties;
    add_attesting(state, account, duties);
    for (ledger::DisputeTurn& turn : ledger::dispute_turns_of(state, account))
        duties.emplace_back(DisputeDuty{std::move(turn)});
    for (ledger::ReceiptCaseView& turn : ledger::receipt_turns_of(state, account))
        duties.emplace_back(JudgeReceiptDuty{std::move(turn)});
    for (ledger::AssignedUnit& unit : ledger::reveals_owed_by(state, account))
        duties.emplace_back(RevealDuty{std::move(unit)});
    for (ledger::AssignedUnit& unit : ledger::servings_owed_by(state, account))
        duties.emplace_back(ServeDuty{std::move(unit)});
    for (ledger::AssignedUnit& unit : ledger::openings_owed_by(state, account))
        duties.emplace_back(OpenSegmentsDuty{std::move(unit)});
    for (ledger::AssignedAudit& audit : ledger::audit_openings_owed_by(state, account))
        duties.emplace_back(OpenAuditDuty{std::move(audit)});
    for (ledger::AssignedUnit& unit : ledger::holdings_owed_by(state, account))
        duties.emplace_back(HoldDuty{std::move(unit)});
    for (ledger::AssignedAudit& audit : ledger::audits_assigned_to(state, account))
        duties.emplace_back(AuditDuty{std::move(audit)});
    for (ledger::AssignedUnit& unit : ledger::checks_owed_by(state, account))
        duties.emplace_back(CheckDuty{std::move(unit)});
    for (ledger::ShardView& shard : ledger::scorings_assigned_to(state, account)) {
        if (shard.judging->phase == ledger::JudgingPhase::opening) {
            duties.emplace_back(OpenScoreDuty{std::move(shard)});
        } else {
            duties.emplace_back(ScoreDuty{std::move(shard)});
        }
    }
    if (options.trains) {
        for (ledger::AssignedUnit& unit : ledger::units_assigned_to(state, account))
            duties.emplace_back(TrainDuty{std::move(unit)});
        const ledger::RoundRecord joining = ledger::joining_round(state);
        const std::uint32_t units = units_to_join(state, account, options);
        if (units > 0 && joining.participant(account) == nullptr)
            duties.emplace_back(JoinDuty{joining.number, units});
    }
    std::stable_sort(duties.begin(), duties.end(),
                     [](const Duty& a, const Duty& b) { return deadline_of(a) < deadline_of(b); });
    return duties;
}

}  // namespace dure::node
