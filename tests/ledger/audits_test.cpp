// How much is audited, and that nobody is accepted, or paid, for what was not shown.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "ledger/rounds/audit_plan.h"
#include "ledger/rounds/minting.h"
#include "tests/ledger/harness.h"
#include "tests/ledger/random.h"

namespace dure::ledger::testing {
namespace {

using protocol::Round;

/// Trainers with so much at stake that one segment of each unit is audited.
ChainOptions established() {
    ChainOptions options;
    options.bonded = Shares{1'000'000 * k_units_per_share};
    return options;
}

void work_until(Harness& chain, RoundPhase phase) {
    for (int i = 0; i < 200 && current_round(chain.state()).phase != phase; ++i)
        chain.work();
    ASSERT_EQ(current_round(chain.state()).phase, phase);
}

void finish_round(Harness& chain, Round number) {
    for (int i = 0; i < 200 && head(chain.state()).finished < number; ++i)
        chain.work();
    ASSERT_GE(head(chain.state()).finished.value, number.value);
}

template <class Move>
Harness::Tamper without(std::size_t person) {
    return [person](std::size_t who, Payload& payload) {
        return who != person || !std::holds_alternative<Move>(payload);
    };
}

const UnitView& unit_of(const RoundView& view, std::size_t person) {
    return *std::find_if(view.units.begin(), view.units.end(),
                         [&](const UnitView& unit) { return unit.record.trainer == account_of(person); });
}

TEST(AuditPlan, FollowsFromTheStake) {
    Parameters parameters;
    parameters.audit_safety_permille = 3'000;
    const Shares value{150};
    EXPECT_EQ(audited_segments(parameters, 8, value, Shares{}), 8U);
    EXPECT_EQ(audited_segments(parameters, 8, value, Shares{1'000'000}), 1U);
    EXPECT_EQ(audited_segments(parameters, 8, value, Shares{3'600}), 1U);
    EXPECT_EQ(audited_segments(parameters, 8, value, Shares{3'599}), 2U);
    EXPECT_EQ(audited_segments(parameters, 8, value, Shares{900}), 4U);
    EXPECT_EQ(audited_segments(parameters, 8, value, Shares{899}), 8U);
    EXPECT_EQ(audited_segments(parameters, 1, value, Shares{1'000'000}), 1U);
    parameters.audit_safety_permille = 0;
    EXPECT_EQ(audited_segments(parameters, 8, value, Shares{1'000'000}), 8U);
}

TEST(AuditPlan, WhoCheatsLosesInExpectationWhateverTheStake) {
    Random random(7);
    Parameters parameters;
    for (int i = 0; i < 20'000; ++i) {
        parameters.audit_safety_permille = 3'000 + static_cast<std::uint32_t>(random.below(3'000));
        const auto segments = 1 + static_cast<std::uint32_t>(random.below(k_max_segments));
        const Shares value{1 + random.below(1'000'000)};
        const Shares stake{random.skewed(40)};
        const std::uint32_t audited = audited_segments(parameters, segments, value, stake);
        ASSERT_GE(audited, 1U);
        ASSERT_LE(audited, segments);
        if (audited == segments) continue;
        ASSERT_LE(2 * audited, segments);
        // One false segment, and a third of the auditors collude: seen with probability 2/3 × audited/segments.
        const Uint128 loss = static_cast<Uint128>(stake.value) * audited * 2;
        const Uint128 gain = static_cast<Uint128>(value.value) * segments * 3;
        ASSERT_GE(loss, gain);
    }
}

TEST(AuditPlan, DrawnSegmentsAreNeverAdjacentAndEachIsAsLikely) {
    constexpr int k_draws = 4'000;
    for (const auto& [segments, count] :
         {std::pair(8U, 1U), {8U, 3U}, {8U, 4U}, {6U, 3U}, {5U, 2U}, {2U, 1U}}) {
        std::map<std::uint32_t, int> seen;
        for (int i = 0; i < k_draws; ++i) {
            Draw draw(hash_of("draw " + std::to_string(i)));
            const auto chosen = draw_segments(draw, segments, count);
            ASSERT_EQ(chosen.size(), count);
            ASSERT_LT(chosen.back(), segments);
            for (std::size_t k = 1; k < chosen.size(); ++k)
                ASSERT_GE(chosen[k], chosen[k - 1] + 2);
            for (const std::uint32_t one : chosen)
                ++seen[one];
        }
        for (std::uint32_t segment = 0; segment < segments; ++segment)
            EXPECT_NEAR(seen[segment], k_draws * static_cast<int>(count) / static_cast<int>(segments), 200);
    }
}

TEST(Audits, TheEstablishedAreAuditedInPart) {
    Harness chain(established());
    chain.recount_every_block(true);
    chain.add_data(8, "a text");
    finish_round(chain, Round{2});
    const RoundView view = *round(chain.state(), Round{1});
    EXPECT_EQ(view.record.phase, RoundPhase::decided);
    EXPECT_EQ(view.record.accepted, 4U);
    for (const UnitView& unit : view.units) {
        EXPECT_EQ(unit.record.status, UnitStatus::accepted);
        EXPECT_FALSE(unit.record.audited_whole);
        ASSERT_EQ(unit.record.audits.size(), 1U);
        EXPECT_EQ(unit.record.audits[0].count, 1U);
        EXPECT_EQ(unit.record.checked, true);
        EXPECT_EQ(unit.record.starts.size(), unit.record.audits[0].first == 0 ? 0U : 1U);
    }
    std::uint64_t audit_permille = 0;
    for (const MintRow& row : view.minted)
        audit_permille += row.audit_permille;
    EXPECT_EQ(audit_permille, 4U * 125);
}

TEST(Audits, WhoDoesNotServeForfeitsUnvestedPay) {
    Harness chain(established());
    chain.recount_every_block(true);
    chain.add_data(8, "a text");
    for (std::uint64_t number = 1; number <= 3; ++number)
        finish_round(chain, Round{number});
    const Shares before = chain.person(1).unvested;
    ASSERT_FALSE(before.is_zero());
    chain.tamper(without<ServeSegments>(1));
    for (std::uint64_t number = 4; number <= 12; ++number) {
        finish_round(chain, Round{number});
        const RoundView view = *round(chain.state(), Round{number});
        const UnitView& unit = unit_of(view, 1);
        if (unit.record.audits.empty() || unit.record.audits[0].first == 0) continue;
        EXPECT_EQ(unit.record.status, UnitStatus::withheld);
        EXPECT_LT(chain.person(1).unvested, before);
        EXPECT_EQ(supply(chain.state()).burned > Shares{}, true);
        return;
    }
    FAIL() << "only first segments were drawn";
}

TEST(Audits, WithoutHoldersAnUpdateDoesNotCount) {
    Harness chain;
    chain.recount_every_block(true);
    chain.add_data(8, "a text");
    work_until(chain, RoundPhase::auditing);
    chain.tamper([](std::size_t, Payload& payload) {
        const auto* attest = std::get_if<AttestBlob>(&payload);
        return attest == nullptr || attest->unit != 0;
    });
    finish_round(chain, Round{1});
    const RoundView view = *round(chain.state(), Round{1});
    EXPECT_EQ(view.units[0].record.status, UnitStatus::withheld);
    EXPECT_EQ(view.record.accepted, 3U);
}

TEST(Audits, WhatIsReplayedInPartAndNotOpenedDoesNotCount) {
    Harness chain(established());
    chain.add_data(8, "a text");
    chain.tamper(without<OpenSegments>(1));
    finish_round(chain, Round{1});
    EXPECT_EQ(unit_of(*round(chain.state(), Round{1}), 1).record.status, UnitStatus::withheld);
}

TEST(Audits, WhatIsReplayedWholeAndTheSameCountsThoughItsTrainerIsGone) {
    Harness chain;
    chain.recount_every_block(true);
    chain.add_data(8, "a text");
    chain.tamper(without<OpenSegments>(1));
    finish_round(chain, Round{1});
    const RoundView view = *round(chain.state(), Round{1});
    const UnitRecord& unit = unit_of(view, 1).record;
    EXPECT_EQ(unit.status, UnitStatus::accepted);
    EXPECT_FALSE(unit.opened.has_value());
    EXPECT_EQ(view.record.accepted, 4U);
    std::uint64_t audit_permille = 0;
    for (const MintRow& row : view.minted)
        audit_permille += row.audit_permille;
    EXPECT_EQ(audit_permille, 4U * 1'000) << "its auditor is paid, too";
}

TEST(Audits, WhatNobodyOpensDoesNotCount) {
    Harness chain;
    chain.add_data(8, "a text");
    work_until(chain, RoundPhase::opening);
    const RoundView opening = *round(chain.state(), Round{1});
    const UnitRecord& unit = unit_of(opening, 1).record;
    chain.tamper([auditor = *unit.audits[0].auditor](std::size_t person, Payload& payload) {
        const bool opens = std::holds_alternative<OpenSegments>(payload) && person == 1;
        return !opens && (account_of(person) != auditor || !std::holds_alternative<AuditUpdate>(payload));
    });
    finish_round(chain, Round{1});
    EXPECT_EQ(unit_of(*round(chain.state(), Round{1}), 1).record.status, UnitStatus::withheld);
}

TEST(Audits, AnAnswerThatIsNotOpenedDoesNotCount) {
    Harness chain;
    chain.add_data(8, "a text");
    work_until(chain, RoundPhase::opening);
    const RoundRecord live = current_round(chain.state());
    const Account silent = *round(chain.state(), live.number)->units[0].record.audits[0].auditor;
    chain.tamper([&](std::size_t person, Payload& payload) {
        return account_of(person) != silent || !std::holds_alternative<AuditUpdate>(payload);
    });
    finish_round(chain, live.number);
    EXPECT_EQ(round(chain.state(), live.number)->units[0].record.status, UnitStatus::unaudited);
}

TEST(Audits, NothingOpensBeforeItsTimeOrAsAnothers) {
    Harness chain;
    chain.add_data(8, "a text");
    work_until(chain, RoundPhase::training);
    const RoundRecord live = current_round(chain.state());
    const auto unit = units_assigned_to(chain.state(), account_of(0)).at(0).unit;
    const auto other = units_assigned_to(chain.state(), account_of(1)).at(0).unit;
    // A copier repeats what it saw: it can never open it.
    const UpdateCommitment seen = honest_commitment(account_of(0), live.number, unit);
    EXPECT_TRUE(chain.run(0, SubmitUpdate{live.number, unit, seen}).ok);
    EXPECT_TRUE(chain.run(1, SubmitUpdate{live.number, other, seen}).ok);
    work_until(chain, RoundPhase::revealing);
    const RevealedUpdate update{honest_update(live.number, unit), 1'000};
    const Hash salt = honest_secret(live.number, unit);
    EXPECT_EQ(chain.run(1, RevealUpdate{live.number, other, update, salt}).error.code, ErrorCode::invalid);
    EXPECT_EQ(chain.run(1, RevealUpdate{live.number, unit, update, salt}).error.code,
              ErrorCode::unauthorized);
    EXPECT_EQ(
        chain.run(0, OpenSegments{live.number, unit, salt, honest_states(live.number, unit)}).error.code,
        ErrorCode::conflict);
}

TEST(Audits, AnAuditorsCommitmentOpensOnlyAsItsOwn) {
    Harness chain;
    chain.add_data(8, "a text");
    work_until(chain, RoundPhase::auditing);
    // Everybody repeats the first commitment that is seen.
    std::optional<AuditMove> seen;
    chain.tamper([&](std::size_t, Payload& payload) {
        auto* audit = std::get_if<AuditUpdate>(&payload);
        if (audit == nullptr || !std::holds_alternative<Commit>(audit->move)) return true;
        if (!seen) seen = audit->move;
        audit->move = *seen;
        return true;
    });
    finish_round(chain, Round{1});
    const RoundView view = *round(chain.state(), Round{1});
    EXPECT_EQ(std::count_if(view.units.begin(), view.units.end(),
                            [](const UnitView& unit) { return unit.record.status == UnitStatus::accepted; }),
              1);
}

TEST(Audits, NewcomersPostADepositTakeLittleAndAreAuditedWhole) {
    Harness chain(established());
    chain.recount_every_block(true);
    chain.add_data(8, "a text");
    ASSERT_TRUE(chain.run(9, RegisterPeer{.roles = k_role_trainer}).ok);
    const Round open = joining_round(chain.state()).number;
    EXPECT_EQ(chain.run(9, JoinRound{.round = open, .units = 1}).error.code, ErrorCode::insufficient);
    ASSERT_TRUE(chain.run(9, PostDeposit{.amount = Parameters{}.newcomer_deposit}).ok);
    EXPECT_EQ(chain.run(9, JoinRound{.round = joining_round(chain.state()).number, .units = 2}).error.code,
              ErrorCode::out_of_range);
    const Round joined = joining_round(chain.state()).number;
    ASSERT_TRUE(chain.run(9, JoinRound{.round = joined, .units = 1}).ok);
    for (int i = 0; i < 200 && head(chain.state()).finished < joined; ++i) {
        for (const Payload& payload : honest_moves(chain.state(), account_of(9))) {
            EXPECT_FALSE(std::holds_alternative<AttestCheckpoint>(payload));
            chain.submit(9, payload);
        }
        chain.work();
    }
    const RoundView view = *round(chain.state(), joined);
    const UnitView& unit = unit_of(view, 9);
    EXPECT_EQ(unit.record.status, UnitStatus::accepted);
    EXPECT_TRUE(unit.record.audited_whole);
    EXPECT_GT(chain.person(9).unvested, Shares{});
}

}  // namespace
}  // namespace dure::ledger::testing
