// The life of a round, as DESIGN and docs/protocol/rounds.md tell it.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "ledger/ownership/balances.h"
#include "ledger/rounds/minting.h"
#include "tests/ledger/harness.h"

namespace dure::ledger::testing {
namespace {

using protocol::Round;

template <class E>
std::vector<E> events_of(const Events& events) {
    std::vector<E> found;
    for (const Event& event : events) {
        if (const auto* one = std::get_if<E>(&event)) found.push_back(*one);
    }
    return found;
}

/// Works until the round is finished.
void finish_round(Harness& chain, Round number, const std::vector<std::size_t>& idle = {},
                  std::size_t most = 200) {
    for (std::size_t i = 0; i < most && head(chain.state()).finished < number; ++i)
        chain.work(idle);
    ASSERT_GE(head(chain.state()).finished.value, number.value);
}

std::uint64_t minted_of(const RoundView& view, MintKind kind) {
    std::uint64_t sum = 0;
    for (const MintRow& row : view.minted) {
        if (row.kind == kind) sum += row.amount.value;
    }
    return sum;
}

class Rounds4 : public ::testing::Test {
  protected:
    Rounds4() { chain_.recount_every_block(true); }
    Harness chain_;
};

TEST_F(Rounds4, ACompleteRoundMintsForComputeDataAndValidators) {
    chain_.add_data(8, "a text");
    const Shares before = supply(chain_.state()).shares;
    finish_round(chain_, Round{1});
    const RoundView view = *round(chain_.state(), Round{1});
    EXPECT_EQ(view.record.phase, RoundPhase::decided);
    EXPECT_EQ(view.record.accepted, 4U);
    ASSERT_TRUE(view.record.mint.has_value());
    const MintSummary& mint = *view.record.mint;
    EXPECT_EQ(mint.pool, chain_.genesis().parameters.round_pool);
    EXPECT_EQ(mint.scaled, mint.pool);
    EXPECT_EQ(mint.compute_part.value, mint.scaled.value * 60 / 100);
    EXPECT_EQ(mint.data_part.value, mint.scaled.value * 35 / 100);
    EXPECT_EQ(mint.validators_part.value, mint.scaled.value * 5 / 100);
    EXPECT_EQ(supply(chain_.state()).shares, before + mint.minted);
    EXPECT_GT(minted_of(view, MintKind::compute), 0U);
    EXPECT_LE(mint.compute_part.value - minted_of(view, MintKind::compute), view.minted.size());
    EXPECT_EQ(minted_of(view, MintKind::data), mint.data_part.value);
    EXPECT_GT(minted_of(view, MintKind::validator), 0U);
    EXPECT_EQ(chain_.person(8).unvested, mint.data_part);
    EXPECT_EQ(head(chain_.state()).checkpoint, *view.record.result);
    EXPECT_EQ(view.record.base.held_out_loss, 9'000'000U);
    EXPECT_EQ(view.record.result->held_out_loss, 8'900'000U);
}

TEST_F(Rounds4, RoundsFollowEachOtherFromCheckpointToCheckpoint) {
    chain_.add_data(8, "a text");
    finish_round(chain_, Round{5}, {}, 400);
    for (std::uint64_t i = 2; i <= 5; ++i) {
        const RoundRecord one = round(chain_.state(), Round{i})->record;
        const RoundRecord previous = round(chain_.state(), Round{i - 1})->record;
        EXPECT_EQ(one.base, *previous.result);
        EXPECT_GE(one.trained_from.value,
                  previous.trained_from.value + chain_.genesis().parameters.round_interval);
    }
}

TEST_F(Rounds4, ADeadTrainerCostsItsUnitAndNothingElse) {
    chain_.add_data(8, "a text");
    while (current_round(chain_.state()).phase != RoundPhase::training)
        chain_.work();
    finish_round(chain_, Round{1}, {3});
    const RoundView view = *round(chain_.state(), Round{1});
    EXPECT_EQ(view.record.phase, RoundPhase::decided);
    EXPECT_EQ(view.record.accepted, 3U);
    EXPECT_EQ(std::count_if(view.units.begin(), view.units.end(),
                            [](const UnitView& unit) { return unit.record.status == UnitStatus::missing; }),
              1);
    EXPECT_EQ(view.record.mint->scaled.value, view.record.mint->pool.value * 3 / 4);
    for (const MintRow& row : view.minted) {
        if (row.kind == MintKind::compute && row.contributor == account_of(3)) {
            EXPECT_EQ(row.units + row.audit_permille, 0U);
        }
    }
    finish_round(chain_, Round{2}, {3});
    EXPECT_EQ(round(chain_.state(), Round{2})->record.phase, RoundPhase::decided);
}

/// Person 2 commits to another update than its last state gives, and reveals it.
bool forge(std::size_t person, Payload& payload) {
    if (person != 2) return true;
    if (auto* submit = std::get_if<SubmitUpdate>(&payload)) {
        submit->commitment = commitment_to(account_of(2), submit->round, submit->unit, hash_of("forged"),
                                           honest_states(submit->round, submit->unit));
    }
    if (auto* reveal = std::get_if<RevealUpdate>(&payload)) reveal->update.update = hash_of("forged");
    return true;
}

TEST_F(Rounds4, AForgedUpdateMintsNothingAndCostsItsTrainer) {
    chain_.add_data(8, "a text");
    chain_.tamper(forge);
    const Shares before = chain_.person(2).total;
    finish_round(chain_, Round{1});
    const RoundView view = *round(chain_.state(), Round{1});
    EXPECT_EQ(view.record.phase, RoundPhase::decided);
    EXPECT_EQ(view.record.accepted, 3U);
    for (const MintRow& row : view.minted) {
        if (row.kind == MintKind::compute && row.contributor == account_of(2)) {
            EXPECT_EQ(row.units, 0U);
        }
    }
    EXPECT_EQ(accepted_units(chain_.state(), Round{1}).size(), 3U);
    chain_.tamper({});
    for (int i = 0; i < 40 && !open_disputes(chain_.state()).empty(); ++i)
        chain_.work();
    const RoundView later = *round(chain_.state(), Round{1});
    for (const UnitView& unit : later.units) {
        const bool is_forged = unit.record.trainer == account_of(2);
        EXPECT_EQ(unit.record.status, is_forged ? UnitStatus::rejected : UnitStatus::accepted);
        if (is_forged) {
            EXPECT_EQ(unit.dispute->kind, DisputeKind::quantization);
            EXPECT_EQ(unit.dispute->outcome, DisputeOutcome::trainer_wrong);
        }
    }
    EXPECT_LT(chain_.person(2).total, before);
}

TEST_F(Rounds4, NobodyAuditsOrHoldsItsOwn) {
    chain_.add_data(8, "a text");
    finish_round(chain_, Round{6}, {}, 600);
    for (std::uint64_t i = 1; i <= 6; ++i) {
        const RoundView view = *round(chain_.state(), Round{i});
        for (const UnitView& unit : view.units) {
            ASSERT_FALSE(unit.record.audits.empty());
            for (const AuditTask& task : unit.record.audits)
                EXPECT_NE(task.auditor, unit.record.trainer);
            EXPECT_EQ(unit.record.holders.size(), 3U);
            for (const Holder& holder : unit.record.holders)
                EXPECT_NE(holder.account, unit.record.trainer);
        }
    }
}

TEST_F(Rounds4, AMissingAuditorIsReplaced) {
    chain_.add_data(8, "a text");
    while (current_round(chain_.state()).phase != RoundPhase::auditing)
        chain_.work();
    const Account silent = *round(chain_.state(), Round{1})->units[0].record.audits[0].auditor;
    chain_.tamper([&](std::size_t person, Payload& payload) {
        return account_of(person) != silent || !std::holds_alternative<AuditUpdate>(payload);
    });
    finish_round(chain_, Round{1});
    const RoundView view = *round(chain_.state(), Round{1});
    EXPECT_EQ(view.record.phase, RoundPhase::decided);
    EXPECT_EQ(view.record.audit_redraws, 1U);
    EXPECT_EQ(view.record.accepted, 4U);
    const AuditTask task = view.units[0].record.audits[0];
    ASSERT_EQ(task.silent.size(), 1U);
    EXPECT_EQ(task.silent[0], silent);
    EXPECT_NE(task.auditor, silent);
    for (const MintRow& row : view.minted) {
        if (row.kind == MintKind::compute && row.contributor == silent) {
            EXPECT_EQ(row.audit_permille, 0U);
        }
    }
}

TEST_F(Rounds4, WhatNobodyAuditsIsNotAccepted) {
    chain_.add_data(8, "a text");
    while (current_round(chain_.state()).phase != RoundPhase::auditing)
        chain_.work();
    for (int i = 0; i < 60 && head(chain_.state()).finished.value == 0; ++i)
        chain_.block();
    const RoundView view = *round(chain_.state(), Round{1});
    EXPECT_EQ(view.record.phase, RoundPhase::voided);
    EXPECT_TRUE(view.minted.empty());
    for (const UnitView& unit : view.units)
        EXPECT_EQ(unit.record.status, UnitStatus::withheld) << "nobody says that its bytes can be had";
    finish_round(chain_, Round{2});
    EXPECT_EQ(round(chain_.state(), Round{2})->record.phase, RoundPhase::decided);
    EXPECT_EQ(round(chain_.state(), Round{2})->record.base.round, Round{0});
}

TEST_F(Rounds4, WithoutAnyUpdateTheRoundIsVoid) {
    chain_.add_data(8, "a text");
    while (current_round(chain_.state()).phase != RoundPhase::training)
        chain_.work();
    const Shares before = supply(chain_.state()).shares;
    for (int i = 0; i < 40 && head(chain_.state()).finished.value == 0; ++i)
        chain_.block();
    EXPECT_EQ(round(chain_.state(), Round{1})->record.phase, RoundPhase::voided);
    EXPECT_EQ(supply(chain_.state()).shares, before);
    EXPECT_EQ(head(chain_.state()).checkpoint.root, chain_.genesis().model.checkpoint_root);
}

TEST_F(Rounds4, ACheckpointNeedsTwoThirds) {
    chain_.add_data(8, "a text");
    while (current_round(chain_.state()).phase != RoundPhase::attesting)
        chain_.work();
    const CheckpointAttestation one = honest_checkpoint(chain_.state(), Round{1});
    CheckpointAttestation other = one;
    other.held_out_loss += 1;
    for (std::size_t i = 0; i < 4; ++i)
        chain_.submit(i, commit_to(account_of(i), Round{1}, i < 2 ? one : other));
    chain_.block();
    ASSERT_EQ(current_round(chain_.state()).phase, RoundPhase::opening_attestations);
    for (std::size_t i = 0; i < 4; ++i)
        chain_.submit(i, open_to(Round{1}, i < 2 ? one : other));
    chain_.block();
    EXPECT_EQ(round(chain_.state(), Round{1})->record.phase, RoundPhase::voided);
    EXPECT_TRUE(round(chain_.state(), Round{1})->minted.empty());
}

TEST_F(Rounds4, NobodyRepeatsAnothersAttestation) {
    chain_.add_data(8, "a text");
    while (current_round(chain_.state()).phase != RoundPhase::attesting)
        chain_.work();
    const CheckpointAttestation said = honest_checkpoint(chain_.state(), Round{1});
    const AttestCheckpoint first = commit_to(account_of(0), Round{1}, said);
    for (std::size_t i = 0; i < 4; ++i)
        chain_.submit(i, first);
    chain_.block();
    ASSERT_EQ(current_round(chain_.state()).phase, RoundPhase::opening_attestations);
    EXPECT_TRUE(chain_.run(0, open_to(Round{1}, said)).ok);
    for (std::size_t i = 1; i < 4; ++i)
        EXPECT_EQ(chain_.run(i, open_to(Round{1}, said)).error.code, ErrorCode::invalid);
}

TEST_F(Rounds4, WhoAttestsTheAgreedCheckpointIsPaidForItAndTheLastToOpenToo) {
    chain_.add_data(8, "a text");
    while (current_round(chain_.state()).phase != RoundPhase::attesting)
        chain_.work();
    const CheckpointAttestation said = honest_checkpoint(chain_.state(), Round{1});
    CheckpointAttestation other = said;
    other.held_out_loss += 1;
    for (std::size_t i = 0; i < 4; ++i)
        chain_.submit(i, commit_to(account_of(i), Round{1}, i == 1 ? other : said));
    chain_.block();
    for (std::size_t i = 0; i < 3; ++i)
        chain_.submit(i, open_to(Round{1}, i == 1 ? other : said));
    chain_.block();
    ASSERT_EQ(current_round(chain_.state()).phase, RoundPhase::opening_attestations) << "one has not opened";
    chain_.submit(3, open_to(Round{1}, said));
    chain_.block();
    const RoundView view = *round(chain_.state(), Round{1});
    ASSERT_EQ(view.record.phase, RoundPhase::decided);
    for (const MintRow& row : view.minted) {
        if (row.kind != MintKind::compute) continue;
        const bool is_liar = row.contributor == account_of(1);
        EXPECT_EQ(row.attestations, is_liar ? 0U : 1U);
        EXPECT_EQ(row.weight,
                  1'000U * row.units + row.audit_permille + (is_liar ? 0U : 20U) + row.scorings * 100U);
    }
}

TEST_F(Rounds4, WhatTheMergeLeavesOutIsNotPaid) {
    chain_.add_data(8, "a text");
    while (current_round(chain_.state()).phase != RoundPhase::attesting)
        chain_.work();
    CheckpointAttestation said = honest_checkpoint(chain_.state(), Round{1});
    said.refused.push_back(2);
    for (std::size_t i = 0; i < 4; ++i)
        chain_.submit(i, commit_to(account_of(i), Round{1}, said));
    chain_.block();
    for (std::size_t i = 0; i < 4; ++i)
        chain_.submit(i, open_to(Round{1}, said));
    chain_.block();
    const RoundView view = *round(chain_.state(), Round{1});
    EXPECT_EQ(view.record.phase, RoundPhase::decided);
    EXPECT_EQ(view.record.accepted, 3U);
    EXPECT_EQ(view.units[2].record.status, UnitStatus::refused);
    EXPECT_EQ(view.record.mint->windows, 48U);
}

TEST_F(Rounds4, ALateAttestationIsRefused) {
    chain_.add_data(8, "a text");
    finish_round(chain_, Round{1});
    const auto receipt = chain_.run(0, commit_to(account_of(0), Round{1}, {}));
    EXPECT_FALSE(receipt.ok);
    EXPECT_EQ(receipt.error.code, ErrorCode::conflict);
}

TEST_F(Rounds4, OnlyTrainersWithABondJoin) {
    EXPECT_EQ(chain_.run(9, JoinRound{.round = Round{1}, .units = 1}).error.code, ErrorCode::unauthorized);
    ASSERT_TRUE(chain_.run(9, RegisterPeer{.roles = k_role_trainer}).ok);
    EXPECT_EQ(chain_.run(9, JoinRound{.round = Round{1}, .units = 1}).error.code, ErrorCode::insufficient);
    EXPECT_EQ(chain_.run(0, JoinRound{.round = Round{2}, .units = 1}).error.code, ErrorCode::conflict);
    EXPECT_EQ(chain_.run(0, JoinRound{.round = Round{1}, .units = 9}).error.code, ErrorCode::out_of_range);
    EXPECT_TRUE(chain_.run(0, JoinRound{.round = Round{1}, .units = 8}).ok);
    EXPECT_EQ(chain_.run(0, JoinRound{.round = Round{1}, .units = 1}).error.code, ErrorCode::duplicate);
}

TEST_F(Rounds4, ARoundWaitsForData) {
    for (int i = 0; i < 20; ++i)
        chain_.work();
    EXPECT_EQ(current_round(chain_.state()).phase, RoundPhase::joining);
    chain_.add_data(8, "a text");
    finish_round(chain_, Round{1});
}

TEST_F(Rounds4, TheBeaconIsUsedOnlyAfterMoreThanAThirdOfTheWeightHasRevealed) {
    chain_.add_data(8, "a text");
    while (current_round(chain_.state()).phase != RoundPhase::drawing)
        chain_.work();
    // Four equal validators take turns: one reveals a quarter, two a half.
    chain_.block();
    EXPECT_EQ(current_round(chain_.state()).phase, RoundPhase::drawing);
    chain_.block();
    EXPECT_EQ(current_round(chain_.state()).phase, RoundPhase::training);
}

TEST_F(Rounds4, OneProposerAloneNeverMaturesADraw) {
    chain_.add_data(8, "a text");
    while (current_round(chain_.state()).phase != RoundPhase::drawing)
        chain_.work();
    for (std::size_t i = 1; i < 4; ++i)
        chain_.silence(i);
    chain_.blocks(20);
    EXPECT_EQ(current_round(chain_.state()).phase, RoundPhase::drawing);
}

TEST_F(Rounds4, SharesVestLinearlyOverTheFollowingRounds) {
    chain_.add_data(8, "a text");
    finish_round(chain_, Round{1});
    const Shares first = chain_.person(8).unvested;
    const std::uint64_t rounds_to_vest = chain_.genesis().parameters.vesting_rounds;
    EXPECT_TRUE(chain_.person(8).free.is_zero());
    finish_round(chain_, Round{2});
    EXPECT_EQ(chain_.person(8).free.value, first.value / rounds_to_vest);
    // The book follows when the account is touched; the rest stays unvested.
    const auto receipt = chain_.run(8, TransferShares{.to = account_of(9), .amount = chain_.person(8).free});
    EXPECT_TRUE(receipt.ok) << receipt.error.message;
    EXPECT_FALSE(chain_.run(8, TransferShares{.to = account_of(9), .amount = Shares{1}}).ok);
    for (std::uint64_t i = 3; i <= rounds_to_vest + 1; ++i)
        finish_round(chain_, Round{i});
    const AccountRecord record = load_account(chain_.state(), account_of(8));
    EXPECT_LE(record.vesting.size(), rounds_to_vest + 1);
    EXPECT_GE(chain_.person(8).free + chain_.person(9).free, first);
}

TEST(Minting, ThePoolHalves) {
    Parameters parameters;
    parameters.round_pool = Shares{1'000};
    parameters.halving_rounds = 3;
    EXPECT_EQ(round_pool(parameters, Round{1}).value, 1'000U);
    EXPECT_EQ(round_pool(parameters, Round{3}).value, 1'000U);
    EXPECT_EQ(round_pool(parameters, Round{4}).value, 500U);
    EXPECT_EQ(round_pool(parameters, Round{7}).value, 250U);
    EXPECT_EQ(round_pool(parameters, Round{1'000'000}).value, 0U);
}

TEST(Minting, AShardIsPaidForSoManyRepeatsOnly) {
    ChainOptions options;
    options.parameters.max_window_repeats = 1;
    Harness chain(options);
    chain.add_data(8, "a tiny text", 130);  // two windows of 65 tokens
    finish_round(chain, Round{1});
    const RoundView view = *round(chain.state(), Round{1});
    for (const MintRow& row : view.minted) {
        if (row.kind != MintKind::data) continue;
        EXPECT_EQ(row.windows, 64U);  // four units of sixteen
        EXPECT_EQ(row.weight, 2U);
        EXPECT_EQ(row.amount.value, view.record.mint->data_part.value * 2 / 64);
    }
}

TEST(Windows, AreDrawnByScoreTimesTokens) {
    ChainOptions options;
    Harness chain(options);
    chain.add_data(8, "good", 10'000, 3'000);
    chain.add_data(9, "worthless", 10'000, 0);
    chain.add_data(10, "fair", 20'000, 500);
    std::size_t good = 0;
    std::size_t all = 0;
    for (std::uint64_t number = 1; number <= 10; ++number) {
        finish_round(chain, Round{number});
        const RoundRecord record = round(chain.state(), Round{number})->record;
        for (std::uint32_t unit = 0; unit < record.units; ++unit) {
            for (const Window& window : windows_of_unit(chain.state(), record, unit)) {
                EXPECT_NE(window.shard, hash_of("worthless"));
                const std::uint64_t tokens = window.shard == hash_of("good") ? 10'000 : 20'000;
                EXPECT_LE(window.first_token + 65, tokens);
                good += window.shard == hash_of("good") ? 1U : 0U;
                ++all;
            }
        }
    }
    EXPECT_EQ(all, 640U);
    EXPECT_NEAR(static_cast<double>(good) / static_cast<double>(all), 0.75, 0.06);
}

}  // namespace
}  // namespace dure::ledger::testing
