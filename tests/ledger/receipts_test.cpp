// Servers' bonds, and receipts that are reported as false: who pays whom, and that nobody is punished for nothing.
#include <gtest/gtest.h>

#include <functional>

#include "ledger/invariants/invariants.h"
#include "tests/ledger/harness.h"

namespace dure::ledger::testing {
namespace {

using protocol::Height;

constexpr std::size_t k_wronged = 9;
constexpr std::size_t k_seller = 10;
constexpr std::size_t k_reporter = 11;
constexpr Coin k_bond{100 * k_grain_per_dure};
constexpr Coin k_cost{3 * k_grain_per_dure};
constexpr Coin k_fee_paid{10'000};  ///< what the harness pays for a transaction

InferenceRequest a_request() {
    InferenceRequest request;
    request.prompt = {1, 17, 40};
    request.choices = 2;
    request.max_tokens = 8;
    request.temperature = 0x3f800000U;
    request.top_p = 0x3f800000U;
    request.seed = 7;
    request.stop_tokens = {2};
    request.stops = {std::string("끝")};
    return request;
}

std::vector<AnswerChoice> an_answer(std::uint32_t first_token) {
    return {{.tokens = {first_token, 5}, .text = "가나", .end = AnswerEnd::stop},
            {.tokens = {9}, .text = "다", .end = AnswerEnd::length}};
}

/// What an honest replay gives.
const Hash& truth() {
    static const Hash hash = InferenceOutcome::of(an_answer(4)).hash();
    return hash;
}

class Receipts : public ::testing::Test {
  protected:
    Receipts() : chain_(options()) {
        chain_.recount_every_block(true);
        EXPECT_TRUE(chain_.run(k_seller, BondServer{k_bond}).ok);
        EXPECT_TRUE(chain_.run(k_seller, RegisterPeer{.roles = k_role_server}).ok);
        chain_.blocks(3);
    }
    static ChainOptions options() {
        ChainOptions options;
        options.validators = 6;
        options.parameters.server_bond = Coin{10 * k_grain_per_dure};
        options.parameters.receipt_age_blocks = 50;
        return options;
    }

    InferenceReceipt receipt(std::uint32_t first_token,
                             const std::function<void(InferenceStatement&)>& change = {}) const {
        InferenceStatement statement;
        statement.chain_id = chain_.chain_id();
        statement.server = account_of(k_seller);
        statement.payer = account_of(k_wronged);
        statement.payment = hash_of("a channel");
        statement.prompt = a_request().prompt_hash();
        statement.sampling = a_request().sampling();
        statement.checkpoint = head(chain_.state()).checkpoint.root;
        statement.outcome = InferenceOutcome::of(an_answer(first_token));
        statement.input_tokens = 6;
        statement.output_tokens = 3;
        statement.cost = k_cost;
        statement.height = chain_.height();
        if (change) change(statement);
        return {statement, key_of(k_seller).sign(statement.id())};
    }
    TransactionReceipt report(const InferenceReceipt& reported, std::size_t reporter = k_reporter) {
        return chain_.run(reporter, ReportReceipt{reported, a_request()});
    }

    /// What a juror says it found; nothing: it keeps silent.
    using Finding = std::function<std::optional<Hash>(const Account& juror)>;
    void judge(const Hash& id, const Finding& finding, int most = 400) {
        for (int i = 0; i < most && is_open(id); ++i) {
            for (std::size_t person = 0; person < 12; ++person) {
                const Account& who = account_of(person);
                for (const ReceiptCaseView& turn : receipt_turns_of(chain_.state(), who)) {
                    const auto found = finding(who);
                    if (!found) continue;
                    const Hash salt = hash_of("salt of " + who.address());
                    if (turn.record.stage == CaseStage::opening) {
                        chain_.submit(person, JudgeReceipt{turn.receipt, VerdictOpening{*found, salt}});
                    } else {
                        const Hash commitment = receipt_verdict_commitment(who, turn.receipt, *found, salt);
                        chain_.submit(person, JudgeReceipt{turn.receipt, Commit{commitment}});
                    }
                }
            }
            chain_.block();
        }
        ASSERT_FALSE(is_open(id));
    }
    bool is_open(const Hash& id) const {
        const auto record = receipt_case(chain_.state(), id);
        return record && record->is_open();
    }
    ServerBondRecord bond() const { return peer(chain_.state(), account_of(k_seller))->server_bond; }
    Coin coins(std::size_t person) const { return chain_.person(person).balance; }

    static std::optional<Hash> honest(const Account&) { return truth(); }

    Harness chain_;
};

TEST_F(Receipts, AFalseOneIsRefundedFromTheBondATenthGoesToTheReporterAndTheRestToTheOwners) {
    const InferenceReceipt lie = receipt(99);
    const Coin payer_before = coins(k_wronged);
    const Coin reporter_before = coins(k_reporter);
    const Coin pool_before = supply(chain_.state()).in_pool;
    const TransactionReceipt reported = report(lie);
    ASSERT_TRUE(reported.ok) << reported.error.message;
    EXPECT_EQ(bond().cases, 1U);
    judge(lie.id(), honest);

    const auto record = receipt_case(chain_.state(), lie.id());
    ASSERT_TRUE(record);
    EXPECT_EQ(record->outcome, CaseOutcome::receipt_false);
    EXPECT_FALSE(record->request) << "the prompt does not stay in the state";
    const Coin penalty{k_bond.value / 2};
    EXPECT_EQ(record->penalty.taken, penalty + k_cost);
    EXPECT_EQ(record->penalty.refunded, k_cost);
    EXPECT_EQ(record->penalty.rewarded.value, penalty.value / 10);
    EXPECT_EQ(coins(k_wronged), payer_before + k_cost);
    EXPECT_EQ(coins(k_reporter), reporter_before + record->penalty.rewarded - k_fee_paid);
    EXPECT_EQ(supply(chain_.state()).in_pool, pool_before + penalty - record->penalty.rewarded);
    EXPECT_EQ(bond().bonded, k_bond - record->penalty.taken);
    EXPECT_EQ(bond().cases, 0U);
    std::size_t credited = 0;
    for (const Juror& juror : record->committee) {
        if (!juror.found) continue;  // it was decided before its turn came
        EXPECT_EQ(Credits::find(chain_.state(), juror.account).value_or(CreditRecord{}).verdicts, 1U);
        ++credited;
    }
    EXPECT_GT(credited * 3, record->committee.size() * 2);
}

TEST_F(Receipts, ATrueOneCostsItsReporterTheDepositAndTheServerNothing) {
    const InferenceReceipt true_one = receipt(4);
    const Coin reporter_before = coins(k_reporter);
    const Coin pool_before = supply(chain_.state()).in_pool;
    ASSERT_TRUE(report(true_one).ok);
    judge(true_one.id(), honest);
    const Coin deposit = chain_.genesis().parameters.receipt_deposit;
    EXPECT_EQ(receipt_case(chain_.state(), true_one.id())->outcome, CaseOutcome::receipt_true);
    EXPECT_EQ(bond().all(), k_bond);
    EXPECT_EQ(coins(k_reporter), reporter_before - deposit - k_fee_paid);
    EXPECT_EQ(supply(chain_.state()).in_pool, pool_before + deposit);
}

TEST_F(Receipts, EachIsJudgedOnce) {
    const InferenceReceipt lie = receipt(99);
    ASSERT_TRUE(report(lie).ok);
    EXPECT_EQ(report(lie, 8).error.code, ErrorCode::duplicate);
    judge(lie.id(), honest);
    EXPECT_EQ(report(lie).error.code, ErrorCode::duplicate);
    EXPECT_EQ(bond().bonded, k_bond - Coin{k_bond.value / 2} - k_cost);
}

TEST_F(Receipts, TheCommitteeIsNeitherServerNorPayerNorReporter) {
    for (std::uint32_t token = 50; token < 58; ++token) {
        const auto server = static_cast<std::size_t>(token % 6);  // a validator who sells, too
        ASSERT_TRUE(chain_.run(server, BondServer{k_bond}).ok);
        InferenceReceipt lie = receipt(token, [&](InferenceStatement& statement) {
            statement.server = account_of(server);
            statement.payer = account_of((server + 1) % 6);
        });
        lie.signature = key_of(server).sign(lie.id());
        ASSERT_TRUE(report(lie, (server + 2) % 6).ok);
        judge(lie.id(), honest);
        const auto record = receipt_case(chain_.state(), lie.id());
        EXPECT_EQ(record->outcome, CaseOutcome::receipt_false);
        EXPECT_EQ(record->committee.size(), 3U);
        for (const Juror& juror : record->committee) {
            for (std::size_t side = 0; side < 3; ++side)
                EXPECT_NE(juror.account, account_of((server + side) % 6));
        }
    }
}

TEST_F(Receipts, WhatContradictsItselfNeedsNoCommittee) {
    const auto counts = receipt(4, [](InferenceStatement& statement) { ++statement.output_tokens; });
    const auto prompt = receipt(4, [](InferenceStatement& statement) { statement.input_tokens = 3; });
    const auto model =
        receipt(4, [](InferenceStatement& statement) { statement.checkpoint = hash_of("cheaper"); });
    const auto later = receipt(4, [](InferenceStatement& statement) { statement.round = {77}; });
    for (const InferenceReceipt& lie : {counts, prompt, model, later}) {
        const Coin before = bond().bonded;
        ASSERT_TRUE(report(lie).ok);
        EXPECT_EQ(receipt_case(chain_.state(), lie.id())->outcome, CaseOutcome::receipt_false);
        EXPECT_LT(bond().bonded, before);
    }
}

TEST_F(Receipts, SilenceDecidesNothingAndTheDepositReturns) {
    const InferenceReceipt lie = receipt(99);
    const Coin before = coins(k_reporter);
    ASSERT_TRUE(report(lie).ok);
    judge(lie.id(), [](const Account&) { return std::nullopt; });
    EXPECT_FALSE(receipt_case(chain_.state(), lie.id()));
    EXPECT_EQ(coins(k_reporter), before - k_fee_paid);
    EXPECT_EQ(bond().all(), k_bond);
    // Nobody said that it is true.
    ASSERT_TRUE(report(lie).ok);
    judge(lie.id(), honest);
    EXPECT_EQ(receipt_case(chain_.state(), lie.id())->outcome, CaseOutcome::receipt_false);
}

TEST_F(Receipts, ACheckpointThatNobodyHasConvictsNobody) {
    const InferenceReceipt lie = receipt(99);
    ASSERT_TRUE(report(lie).ok);
    judge(lie.id(), [](const Account&) { return Hash{}; });
    EXPECT_EQ(bond().all(), k_bond);
    EXPECT_FALSE(receipt_case(chain_.state(), lie.id()));
}

TEST_F(Receipts, AThirdOfTheCommitteeConvictsNoHonestServer) {
    const InferenceReceipt true_one = receipt(4);
    ASSERT_TRUE(report(true_one).ok);
    judge(true_one.id(), [](const Account& juror) -> std::optional<Hash> {
        return juror == account_of(0) || juror == account_of(1) ? hash_of("a lie") : truth();
    });
    EXPECT_EQ(bond().all(), k_bond);
}

TEST_F(Receipts, AVerdictOpensOnlyAsItWasCommittedTo) {
    const InferenceReceipt lie = receipt(99);
    ASSERT_TRUE(report(lie).ok);
    for (int i = 0; i < 20 && receipt_turns_of(chain_.state(), account_of(0)).empty(); ++i)
        chain_.block();
    ASSERT_FALSE(receipt_turns_of(chain_.state(), account_of(0)).empty());
    const Hash salt = hash_of("salt");
    const Hash commitment = receipt_verdict_commitment(account_of(0), lie.id(), truth(), salt);
    // The others' commitments, copied, open as nothing of theirs.
    chain_.submit(1, JudgeReceipt{lie.id(), Commit{commitment}});
    EXPECT_TRUE(chain_.run(0, JudgeReceipt{lie.id(), Commit{commitment}}).ok);
    EXPECT_EQ(chain_.run(0, JudgeReceipt{lie.id(), Commit{commitment}}).error.code, ErrorCode::duplicate);
    EXPECT_EQ(chain_.run(k_wronged, JudgeReceipt{lie.id(), Commit{commitment}}).error.code,
              ErrorCode::unauthorized);
    EXPECT_EQ(chain_.run(0, JudgeReceipt{lie.id(), VerdictOpening{truth(), salt}}).error.code,
              ErrorCode::conflict);
    while (receipt_case(chain_.state(), lie.id())->stage == CaseStage::deciding)
        chain_.block();
    EXPECT_EQ(chain_.run(1, JudgeReceipt{lie.id(), VerdictOpening{truth(), salt}}).error.code,
              ErrorCode::invalid);
    EXPECT_EQ(chain_.run(0, JudgeReceipt{hash_of("none"), VerdictOpening{truth(), salt}}).error.code,
              ErrorCode::not_found);
}

TEST_F(Receipts, OnlyTheServersOwnFreshReceiptsCount) {
    InferenceReceipt forged = receipt(99);
    forged.signature = key_of(k_reporter).sign(forged.id());
    EXPECT_EQ(report(forged).error.code, ErrorCode::invalid_signature);
    const auto other_chain =
        receipt(99, [](InferenceStatement& statement) { statement.chain_id = hash_of("another"); });
    EXPECT_EQ(report(other_chain).error.code, ErrorCode::invalid);
    const auto future =
        receipt(99, [](InferenceStatement& statement) { statement.height = statement.height + 10; });
    EXPECT_EQ(report(future).error.code, ErrorCode::invalid);
    const InferenceReceipt old = receipt(99);
    chain_.blocks(52);
    EXPECT_EQ(report(old).error.code, ErrorCode::expired);
    InferenceReceipt unbonded =
        receipt(99, [](InferenceStatement& statement) { statement.server = account_of(7); });
    unbonded.signature = key_of(7).sign(unbonded.id());
    EXPECT_EQ(report(unbonded).error.code, ErrorCode::not_found);
    EXPECT_EQ(bond().all(), k_bond);
}

TEST_F(Receipts, AnotherRequestThanTheReceiptsIsNoTransactionAtAll) {
    InferenceRequest other = a_request();
    other.prompt.push_back(3);
    EXPECT_FALSE(check(ReportReceipt{receipt(99), other}));
    EXPECT_TRUE(check(ReportReceipt{receipt(99), a_request()}));
}

TEST_F(Receipts, AServerReportingItselfLosesThePenaltyAllTheSame) {
    const InferenceReceipt lie =
        receipt(99, [](InferenceStatement& statement) { statement.payer = account_of(k_seller); });
    ASSERT_TRUE(report(lie, k_seller).ok);
    judge(lie.id(), honest);
    const auto record = receipt_case(chain_.state(), lie.id());
    EXPECT_TRUE(record->penalty.rewarded.is_zero());
    EXPECT_GE((record->penalty.taken - record->penalty.refunded).value, k_bond.value / 2);
}

TEST_F(Receipts, AGreatCostIsRefundedAsFarAsTheBondGoesAndThePenaltyStands) {
    const InferenceReceipt lie =
        receipt(99, [](InferenceStatement& statement) { statement.cost = Coin{500 * k_grain_per_dure}; });
    ASSERT_TRUE(report(lie).ok);
    judge(lie.id(), honest);
    const auto record = receipt_case(chain_.state(), lie.id());
    EXPECT_EQ(record->penalty.taken, k_bond);
    EXPECT_EQ(record->penalty.refunded.value, k_bond.value / 2);
}

// ---- Bonds

TEST_F(Receipts, WhoSellsAnswersHasBondedEnough) {
    const TransactionReceipt refused = chain_.run(8, RegisterPeer{.roles = k_role_server});
    EXPECT_EQ(refused.error.code, ErrorCode::insufficient);
    EXPECT_TRUE(chain_.run(8, RegisterPeer{.roles = k_role_trainer}).ok);
    EXPECT_TRUE(chain_.run(8, BondServer{Coin{10 * k_grain_per_dure}}).ok);
    EXPECT_TRUE(chain_.run(8, RegisterPeer{.roles = k_role_server}).ok);
    EXPECT_EQ(chain_.run(8, UnbondServer{Coin{1}}).error.code, ErrorCode::unavailable);
    EXPECT_TRUE(chain_.run(k_wronged, OpenChannel{.server = account_of(8), .deposit = Coin{5}}).ok);
    // A genesis server without a bond is there, and nobody opens a channel to it.
    EXPECT_EQ(chain_.run(k_wronged, OpenChannel{.server = account_of(0), .deposit = Coin{5}}).error.code,
              ErrorCode::insufficient);
}

TEST_F(Receipts, ABondOutlivesTheReceiptsThatItStandsBehind) {
    const Coin part{30 * k_grain_per_dure};
    EXPECT_EQ(chain_.run(k_seller, UnbondServer{k_bond + Coin{1}}).error.code, ErrorCode::insufficient);
    ASSERT_TRUE(chain_.run(k_seller, UnbondServer{part}).ok);
    EXPECT_EQ(bond().bonded, k_bond - part);
    EXPECT_EQ(bond().all(), k_bond);
    EXPECT_EQ(chain_.run(k_seller, WithdrawServerBond{}).error.code, ErrorCode::not_found);
    const Parameters& parameters = chain_.genesis().parameters;
    EXPECT_GT(parameters.server_unbonding_blocks(), parameters.receipt_age_blocks);
    const Height release = bond().leaving.front().release;
    // A receipt of now can be reported until it is too old, and what left by then is still there to be slashed.
    const InferenceReceipt lie = receipt(99);
    chain_.blocks(parameters.receipt_age_blocks - 2);
    ASSERT_LT(chain_.height(), release);
    ASSERT_TRUE(report(lie).ok);
    while (chain_.height() < release && is_open(lie.id()))
        chain_.block();
    if (is_open(lie.id())) {
        EXPECT_EQ(chain_.run(k_seller, WithdrawServerBond{}).error.code, ErrorCode::unavailable);
    }
    judge(lie.id(), honest);
    while (chain_.height() < release)
        chain_.block();
    const Coin before = coins(k_seller);
    const ServerBondRecord left = bond();
    const TransactionReceipt withdrawn = chain_.run(k_seller, WithdrawServerBond{});
    ASSERT_TRUE(withdrawn.ok) << withdrawn.error.message;
    EXPECT_EQ(coins(k_seller), before + left.leaving.front().amount - k_fee_paid);
    EXPECT_EQ(supply(chain_.state()).in_server_bonds, left.bonded);
}

}  // namespace
}  // namespace dure::ledger::testing
