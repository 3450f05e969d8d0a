// Servers that cheat, on a real ledger with real answers: a cheaper model, other tokens, other words. Who cheats loses more
// than it saved, an honest server is never slashed, and whoever reports true receipts loses.
#include <gtest/gtest.h>

#include "tests/ledger/harness.h"
#include "tests/node/roles/served_answer.h"
#include "tests/support/scale.h"

namespace dure::adversary {
namespace {

using ledger::CaseOutcome;
using ledger::InferenceReceipt;
using ledger::InferenceRequest;
using ledger::testing::account_of;
using ledger::testing::key_of;
using node::testing::AskedFor;
using Answer = std::vector<ledger::AnswerChoice>;

constexpr std::size_t k_payer = 9;
constexpr std::size_t k_server = 10;
constexpr std::size_t k_reporter = 11;
constexpr Coin k_bond{100 * k_grain_per_dure};
/// Of one call, to the payer: the dearest that is worth paying.
constexpr Coin k_cost{1 * k_grain_per_dure};

class Serving : public ::testing::Test {
  protected:
    Serving()
        : chain_(options()), model_(node::testing::opinionated_model(1)), machine_(trainer::best_isa(), 1) {
        EXPECT_TRUE(chain_.run(k_server, ledger::BondServer{k_bond}).ok);
        EXPECT_TRUE(chain_.run(k_server, ledger::RegisterPeer{.roles = ledger::k_role_server}).ok);
        chain_.blocks(3);
    }
    static ledger::testing::ChainOptions options() {
        ledger::testing::ChainOptions options;
        options.validators = 6;
        options.parameters.server_bond = Coin{10 * k_grain_per_dure};
        return options;
    }

    static InferenceRequest question(std::uint64_t seed) {
        AskedFor asked{.temperature = seed % 2 == 0 ? 0.0F : 0.9F,
                       .top_p = 0.95F,
                       .seed = seed,
                       .max_tokens = 12,
                       .choices = 1 + static_cast<std::uint32_t>(seed % 2)};
        if (seed % 3 == 0) asked.prompt = "아이가 밭에서";
        return node::testing::request_of(asked);
    }

    InferenceReceipt sell(const InferenceRequest& request, const Answer& answer) {
        return node::testing::signed_receipt(key_of(k_server), chain_.chain_id(), account_of(k_payer),
                                             ledger::head(chain_.state()).checkpoint, request, answer, k_cost,
                                             chain_.height());
    }

    /// Reports it, and lets the committee replay it as nodes do. Jurors in `liars` say what they are told.
    CaseOutcome report(const InferenceReceipt& receipt, const InferenceRequest& request,
                       const std::vector<std::size_t>& liars = {}, const Hash& lie = {}) {
        const auto reported = chain_.run(k_reporter, ledger::ReportReceipt{receipt, request});
        EXPECT_TRUE(reported.ok) << reported.error.message;
        for (int i = 0; i < 200; ++i) {
            const auto record = ledger::receipt_case(chain_.state(), receipt.id());
            if (!record) return CaseOutcome::none;
            if (!record->is_open()) return record->outcome;
            for (std::size_t person = 0; person < 6; ++person) {
                const bool lies = std::find(liars.begin(), liars.end(), person) != liars.end();
                for (const auto& turn : ledger::receipt_turns_of(chain_.state(), account_of(person)))
                    judge(person, turn, lies ? lie : replayed(turn.record));
            }
            chain_.block();
        }
        ADD_FAILURE() << "nothing was decided";
        return CaseOutcome::none;
    }

    Coin coins(std::size_t person) const { return chain_.person(person).balance; }
    Coin bond() const { return ledger::peer(chain_.state(), account_of(k_server))->server_bond.all(); }

    ledger::testing::Harness chain_;
    const node::Library::CheckpointPtr model_;
    const trainer::testing::Machine machine_;

  private:
    Hash replayed(const ledger::ReceiptCaseRecord& record) const {
        return *node::replayed_outcome(*machine_.kernels, *model_, trainer::testing::sample_tokenizer(),
                                       *record.request, record.statement.outcome.ends);
    }
    void judge(std::size_t person, const ledger::ReceiptCaseView& turn, const Hash& found) {
        const Hash salt = ledger::testing::hash_of("salt of " + std::to_string(person));
        if (turn.record.stage == ledger::CaseStage::opening) {
            chain_.submit(person, ledger::JudgeReceipt{turn.receipt, ledger::VerdictOpening{found, salt}});
        } else {
            const Hash commitment =
                ledger::receipt_verdict_commitment(account_of(person), turn.receipt, found, salt);
            chain_.submit(person, ledger::JudgeReceipt{turn.receipt, ledger::Commit{commitment}});
        }
    }
};

TEST_F(Serving, ACheaperModelCostsMoreThanAllThatItWasPaid) {
    const auto cheaper = node::testing::opinionated_model(2);
    const std::uint64_t calls = 4 * test::scale();
    for (std::uint64_t seed = 0; seed < calls; ++seed) {
        const InferenceRequest request = question(seed);
        const InferenceReceipt receipt = sell(request, node::testing::answer(cheaper, request));
        const Coin bond_before = bond();
        const Coin payer_before = coins(k_payer);
        const Coin reporter_before = coins(k_reporter);
        ASSERT_EQ(report(receipt, request), CaseOutcome::receipt_false) << seed;
        // What it saved is less than what the call cost; the refund alone takes that.
        EXPECT_EQ(coins(k_payer), payer_before + k_cost);
        EXPECT_GT(bond_before.value - bond().value, k_cost.value);
        EXPECT_GT(coins(k_reporter), reporter_before);
        ASSERT_TRUE(chain_.run(k_server, ledger::BondServer{k_bond - bond()}).ok);
    }
}

TEST_F(Serving, OtherTokensOrOtherWordsAreCaught) {
    const InferenceRequest request = question(1);
    const Answer honest = node::testing::answer(model_, request);
    std::vector<Answer> lies(4, honest);
    lies[0].back().tokens.back() = 3;
    lies[1].front().text = "사세요";
    lies[2].front().tokens.pop_back();
    lies[3].front().end = ledger::AnswerEnd::cut;  // shorter than it says
    lies[3].front().tokens.push_back(5);
    for (const Answer& lie : lies) {
        ASSERT_NE(lie, honest);
        EXPECT_EQ(report(sell(request, lie), request), CaseOutcome::receipt_false);
    }
}

TEST_F(Serving, AnHonestServerIsNeverSlashedAndItsAccusersPay) {
    const Coin deposit = chain_.genesis().parameters.receipt_deposit;
    for (std::uint64_t seed = 0; seed < 6 * test::scale(); ++seed) {
        const InferenceRequest request = question(seed);
        // Some of them were cut, because the cover ran out.
        const Answer answer = node::testing::answer(model_, request, seed % 3 == 2 ? 5 : 1'000'000);
        const Coin before = coins(k_reporter);
        EXPECT_EQ(report(sell(request, answer), request), CaseOutcome::receipt_true) << seed;
        EXPECT_LE(coins(k_reporter), before - deposit);
    }
    EXPECT_EQ(bond(), k_bond);
}

TEST_F(Serving, AThirdOfTheJurorsConvictNobodyAndSaveNobody) {
    const InferenceRequest request = question(3);
    const InferenceReceipt true_one = sell(request, node::testing::answer(model_, request));
    EXPECT_NE(report(true_one, request, {0, 1}, ledger::testing::hash_of("false")),
              CaseOutcome::receipt_false);
    EXPECT_EQ(bond(), k_bond);
    const InferenceReceipt lie =
        sell(question(5), node::testing::answer(node::testing::opinionated_model(2), question(5)));
    EXPECT_NE(report(lie, question(5), {0, 1}, lie.statement.outcome.hash()), CaseOutcome::receipt_true);
}

/// Half of the bond is the penalty whoever reports, so a cheat that reports itself to a friend keeps no more than the other.
TEST_F(Serving, ReportingOneselfSavesNoPenalty) {
    const InferenceRequest request = question(2);
    InferenceReceipt lie = sell(request, node::testing::answer(node::testing::opinionated_model(2), request));
    lie.statement.cost = k_bond;
    lie.statement.payer = account_of(k_reporter);
    lie.signature = key_of(k_server).sign(lie.id());
    const Coin both_before = bond() + coins(k_server) + coins(k_reporter);
    ASSERT_EQ(report(lie, request), CaseOutcome::receipt_false);
    const Coin both = bond() + coins(k_server) + coins(k_reporter);
    EXPECT_GE((both_before - both).value, k_bond.value / 2 / 10 * 9);
}

}  // namespace
}  // namespace dure::adversary
