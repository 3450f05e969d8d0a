// Disputes: the first differing step decides, silence loses, whoever is right is paid.
#include <gtest/gtest.h>

#include <algorithm>

#include "ledger/invariants/invariants.h"
#include "tests/ledger/harness.h"

namespace dure::ledger::testing {
namespace {

using protocol::Round;

constexpr std::size_t k_disputing_validators = 6;

/// The parameter moves all draws: so many blocks are made first.
class Disputes6 : public ::testing::TestWithParam<std::size_t> {
  protected:
    Disputes6() : chain_(options()) {
        chain_.recount_every_block(true);
        chain_.blocks(GetParam());
        chain_.add_data(8, "a text");
    }
    static ChainOptions options() {
        ChainOptions options;
        options.validators = k_disputing_validators;
        return options;
    }

    /// Person 2 commits to states of which the last is false.
    static bool false_trainer(std::size_t person, Payload& payload) {
        if (person != 2) return true;
        if (auto* submit = std::get_if<SubmitUpdate>(&payload)) {
            submit->commitment = commitment_to(account_of(2), submit->round, submit->unit,
                                               honest_update(submit->round, submit->unit),
                                               false_states(submit->round, submit->unit));
        }
        if (auto* open = std::get_if<OpenSegments>(&payload))
            open->segments = false_states(open->round, open->unit);
        return true;
    }

    /// As that, with an update of its own, which it does not open while its round waits for that; or never.
    Harness::Tamper false_update(bool never_opens) {
        return [this, never_opens](std::size_t person, Payload& payload) {
            if (person != 2) return true;
            const Hash update = hash_of("another update");
            if (auto* submit = std::get_if<SubmitUpdate>(&payload)) {
                submit->commitment = commitment_to(account_of(2), submit->round, submit->unit, update,
                                                   false_states(submit->round, submit->unit));
                return true;
            }
            if (auto* reveal = std::get_if<RevealUpdate>(&payload)) reveal->update.update = update;
            if (!std::holds_alternative<OpenSegments>(payload)) return true;
            const bool is_late = !open_disputes(chain_.state()).empty();
            return is_late && !never_opens && false_trainer(person, payload);
        };
    }

    /// The auditor of unit 0 says that it found something else in segment `segment`, and perhaps another update.
    Harness::Tamper false_auditor(std::size_t segment, bool finds_another_update = false) {
        return [this, segment, finds_another_update](std::size_t person, Payload& payload) {
            const auto* audit = std::get_if<AuditUpdate>(&payload);
            if (audit == nullptr || audit->unit != 0) return true;
            const bool opens = std::holds_alternative<AuditOpening>(audit->move);
            const auto audits = opens ? audit_openings_owed_by(chain_.state(), account_of(person))
                                      : audits_assigned_to(chain_.state(), account_of(person));
            for (const AssignedAudit& one : audits) {
                if (one.unit.unit != 0) continue;
                accuser_ = person;
                AuditOpening opening = honest_opening(one);
                opening.answer.states[segment] = hash_of("a lie");
                if (finds_another_update) opening.answer.update = hash_of("another update");
                payload = audit_move(account_of(person), one, opening, opens);
                return true;
            }
            return true;
        };
    }

    void work_until_disputed() {
        for (int i = 0; i < 200 && open_disputes(chain_.state()).empty(); ++i)
            chain_.work();
        ASSERT_EQ(open_disputes(chain_.state()).size(), 1U);
        turn_ = open_disputes(chain_.state()).front();
    }
    void work_until_closed() {
        for (int i = 0; i < 100 && !open_disputes(chain_.state()).empty(); ++i)
            chain_.work();
        ASSERT_TRUE(open_disputes(chain_.state()).empty());
    }
    DisputeRecord now() const { return *dispute(chain_.state(), turn_.unit.round, turn_.unit.unit); }
    UnitRecord unit() const {
        return round(chain_.state(), turn_.unit.round)->units.at(turn_.unit.unit).record;
    }
    /// Drops moves of a kind by one person.
    template <class Move>
    Harness::Tamper silent(const Account& who) {
        return [who](std::size_t person, Payload& payload) {
            const auto* update = std::get_if<DisputeUpdate>(&payload);
            return update == nullptr || account_of(person) != who ||
                   !std::holds_alternative<Move>(update->move);
        };
    }

    Harness chain_;
    DisputeTurn turn_;
    std::size_t accuser_ = 0;
};

TEST_P(Disputes6, AFalseTrainerLosesItsStakeAndItsAuditorIsPaid) {
    chain_.tamper(false_trainer);
    work_until_disputed();
    chain_.tamper({});
    const Shares before = chain_.person(2).total;
    const Account challenger = turn_.dispute.challenger;
    const AccountView auditor = account(chain_.state(), challenger);
    EXPECT_EQ(turn_.dispute.trainer, account_of(2));
    EXPECT_EQ(turn_.dispute.low, 14U);
    EXPECT_EQ(turn_.dispute.high, 16U);
    work_until_closed();
    EXPECT_EQ(now().outcome, DisputeOutcome::trainer_wrong);
    EXPECT_EQ(now().low, 15U);
    EXPECT_EQ(now().high, 16U);
    EXPECT_EQ(unit().status, UnitStatus::rejected);
    EXPECT_LT(chain_.person(2).total, before);
    EXPECT_GT(account(chain_.state(), challenger).total, auditor.total);
    for (const Juror& juror : now().committee) {
        EXPECT_NE(juror.account, account_of(2));
        EXPECT_NE(juror.account, challenger);
    }
    // The round did not wait, and the audit is paid with the next mint.
    EXPECT_EQ(round(chain_.state(), Round{1})->record.accepted, k_disputing_validators - 1);
}

TEST_P(Disputes6, AFalseAccuserLosesAndTheTrainerIsPaidAfterAll) {
    chain_.tamper(false_auditor(3));
    work_until_disputed();
    chain_.tamper({});
    EXPECT_EQ(turn_.dispute.low, 6U);
    EXPECT_EQ(turn_.dispute.high, 8U);
    const Account accuser = turn_.dispute.challenger;
    EXPECT_EQ(accuser, account_of(accuser_));
    const Shares bonded = account(chain_.state(), accuser).bonded;
    work_until_closed();
    EXPECT_EQ(now().outcome, DisputeOutcome::challenger_wrong);
    EXPECT_EQ(unit().status, UnitStatus::upheld);
    EXPECT_LT(account(chain_.state(), accuser).bonded, bonded);
    const Round next = current_round(chain_.state()).number;
    for (int i = 0; i < 100 && head(chain_.state()).finished < next; ++i)
        chain_.work();
    // It was credited, and the credit became a part of some mint.
    std::uint64_t units = 0;
    std::uint64_t verdicts = 0;
    for (std::uint64_t number = 1; number <= next.value; ++number) {
        const RoundView view = *round(chain_.state(), Round{number});
        for (const MintRow& row : view.minted) {
            if (row.contributor == turn_.dispute.trainer) units += row.units;
            verdicts += row.verdicts;
        }
    }
    EXPECT_EQ(units, next.value);
    EXPECT_GT(verdicts, 0U);
}

TEST_P(Disputes6, ATrainerWhoIsSilentLoses) {
    chain_.tamper(false_auditor(0));
    work_until_disputed();
    chain_.tamper(silent<ShowMiddle>(turn_.dispute.trainer));
    work_until_closed();
    EXPECT_EQ(now().outcome, DisputeOutcome::trainer_wrong);
    EXPECT_EQ(unit().status, UnitStatus::rejected);
}

TEST_P(Disputes6, AChallengerWhoIsSilentLoses) {
    chain_.tamper(false_trainer);
    work_until_disputed();
    chain_.tamper(silent<AnswerMiddle>(turn_.dispute.challenger));
    work_until_closed();
    EXPECT_EQ(now().outcome, DisputeOutcome::challenger_wrong);
}

TEST_P(Disputes6, ATrainerWhoNeverOpensWhatItsAuditorContradictsLoses) {
    chain_.tamper(false_update(true));
    work_until_disputed();
    EXPECT_EQ(turn_.dispute.stage, DisputeStage::unopened);
    EXPECT_EQ(turn_.dispute.trainer, account_of(2));
    const Shares before = chain_.person(2).total;
    const Shares auditor = account(chain_.state(), turn_.dispute.challenger).total;
    work_until_closed();
    EXPECT_EQ(now().outcome, DisputeOutcome::trainer_wrong);
    EXPECT_EQ(unit().status, UnitStatus::rejected);
    EXPECT_LT(chain_.person(2).total, before);
    EXPECT_GT(account(chain_.state(), turn_.dispute.challenger).total, auditor);
}

TEST_P(Disputes6, WhatIsOpenedLateIsDisputedAsIfItHadBeenInTime) {
    chain_.tamper(false_update(false));
    work_until_disputed();
    EXPECT_EQ(turn_.dispute.stage, DisputeStage::unopened);
    const OpenSegments lie{turn_.unit.round, turn_.unit.unit, honest_secret(Round{1}, turn_.unit.unit),
                           honest_states(Round{1}, turn_.unit.unit)};
    chain_.submit_as(account_of(2), lie);
    EXPECT_EQ(chain_.block().receipts.back().error.code, ErrorCode::invalid) << "not what was committed to";
    chain_.submit_as(account_of(3), lie);
    EXPECT_EQ(chain_.block().receipts.back().error.code, ErrorCode::unauthorized);
    chain_.work();
    EXPECT_TRUE(unit().opened.has_value());
    EXPECT_EQ(now().low, 14U);
    work_until_closed();
    EXPECT_EQ(now().outcome, DisputeOutcome::trainer_wrong);
    EXPECT_EQ(now().low, 15U);
}

TEST_P(Disputes6, AnHonestTrainerWhoWasAwayOpensLateAndWins) {
    const Harness::Tamper accuse = false_auditor(3, true);
    chain_.tamper([&](std::size_t person, Payload& payload) {
        const auto* open = std::get_if<OpenSegments>(&payload);
        if (open != nullptr && open->unit == 0) return false;
        return accuse(person, payload);
    });
    work_until_disputed();
    chain_.tamper({});
    EXPECT_EQ(turn_.dispute.stage, DisputeStage::unopened);
    work_until_closed();
    EXPECT_EQ(now().outcome, DisputeOutcome::challenger_wrong);
    EXPECT_EQ(unit().status, UnitStatus::upheld);
}

TEST_P(Disputes6, AStateThatIsNotServedLoses) {
    chain_.tamper(false_auditor(3));
    work_until_disputed();
    chain_.tamper(silent<ServeStart>(turn_.dispute.trainer));
    work_until_closed();
    EXPECT_EQ(now().outcome, DisputeOutcome::trainer_wrong);
}

TEST_P(Disputes6, ASilentCommitteeFindsNobodyGuilty) {
    chain_.tamper(false_trainer);
    work_until_disputed();
    const Shares before = chain_.person(2).total;
    chain_.tamper([](std::size_t, Payload& payload) {
        const auto* update = std::get_if<DisputeUpdate>(&payload);
        return update == nullptr || !std::holds_alternative<Commit>(update->move);
    });
    work_until_closed();
    EXPECT_EQ(now().outcome, DisputeOutcome::undecided);
    EXPECT_EQ(now().redraws, Parameters{}.dispute_redraws);
    EXPECT_EQ(unit().status, UnitStatus::rejected) << "nobody says that it is right";
    EXPECT_GE(chain_.person(2).total, before);
}

TEST_P(Disputes6, WithoutTwoThirdsAUnitThatMostConfirmIsPaidAndNobodyIsSlashed) {
    for (const bool accuses_falsely : {true, false}) {
        chain_.tamper(accuses_falsely ? false_auditor(3) : Harness::Tamper(false_trainer));
        work_until_disputed();
        const Account challenger = turn_.dispute.challenger;
        const Shares bonded = account(chain_.state(), challenger).bonded;
        const Shares trainers = account(chain_.state(), turn_.dispute.trainer).bonded;
        // Four equal jurors: one of them never opens, another one lies. Two of four say what is true.
        const auto juror = [&](std::size_t person) -> std::ptrdiff_t {
            const auto committee = now().committee;
            const auto found = std::find_if(committee.begin(), committee.end(), [&](const Juror& one) {
                return one.account == account_of(person);
            });
            return found == committee.end() ? -1 : found - committee.begin();
        };
        chain_.tamper([&](std::size_t person, Payload& payload) {
            auto* update = std::get_if<DisputeUpdate>(&payload);
            if (update == nullptr || juror(person) > 1 || juror(person) < 0) return true;
            if (juror(person) == 0) return !std::holds_alternative<VerdictOpening>(update->move);
            const Hash lie = hash_of("a juror's lie");
            if (auto* commit = std::get_if<Commit>(&update->move)) {
                commit->commitment = verdict_commitment(account_of(person), update->round, update->unit,
                                                        now().task, lie, hash_of("verdict"));
            } else if (auto* open = std::get_if<VerdictOpening>(&update->move)) {
                open->found = lie;
            }
            return true;
        });
        work_until_closed();
        EXPECT_EQ(now().outcome, DisputeOutcome::undecided);
        EXPECT_EQ(unit().status, accuses_falsely ? UnitStatus::upheld : UnitStatus::rejected);
        EXPECT_EQ(account(chain_.state(), challenger).bonded, bonded);
        EXPECT_EQ(account(chain_.state(), turn_.dispute.trainer).bonded, trainers);
    }
}

TEST_P(Disputes6, AVerdictCannotBeCopied) {
    chain_.tamper(false_trainer);
    work_until_disputed();
    std::optional<DisputeMove> seen;
    chain_.tamper([&](std::size_t, Payload& payload) {
        auto* update = std::get_if<DisputeUpdate>(&payload);
        if (update == nullptr || !std::holds_alternative<Commit>(update->move)) return true;
        if (!seen) seen = update->move;
        update->move = *seen;
        return true;
    });
    for (int i = 0; i < 40 && now().stage != DisputeStage::opening; ++i)
        chain_.work();
    ASSERT_EQ(now().stage, DisputeStage::opening);
    chain_.work();
    const auto committee = now().committee;
    EXPECT_EQ(std::count_if(committee.begin(), committee.end(),
                            [](const Juror& juror) { return juror.found.has_value(); }),
              1);
}

TEST_P(Disputes6, WhereNumbersHadCeasedToBeFiniteNothingIsServed) {
    chain_.tamper(false_auditor(3));
    work_until_disputed();
    const Account trainer = turn_.dispute.trainer;
    chain_.tamper(silent<ServeStart>(trainer));
    for (int i = 0; i < 40 && now().stage != DisputeStage::serving; ++i)
        chain_.work();
    ASSERT_EQ(now().stage, DisputeStage::serving);
    const DisputeUpdate lie{
        .round = turn_.unit.round, .unit = turn_.unit.unit, .move = ShowNotFinite{2, hash_of("before")}};
    chain_.submit_as(trainer, lie);
    EXPECT_EQ(chain_.block().receipts.back().error.code, ErrorCode::invalid);
}

INSTANTIATE_TEST_SUITE_P(Draws, Disputes6, ::testing::Range(std::size_t{0}, std::size_t{8}));

}  // namespace
}  // namespace dure::ledger::testing
