#include "node/roles/duties.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "node/roles/retention.h"
#include "tests/ledger/harness.h"

namespace dure::node {
namespace {

using ledger::testing::account_of;
using ledger::testing::Harness;
using ledger::testing::honest_moves;
using ledger::testing::honest_update;

constexpr std::size_t k_persons = 12;
constexpr std::size_t k_validators = 4;

/// The honest answers to a round's duties in the harness's little world are honest_moves; this is for the others.
std::optional<ledger::Payload> answer_to(const Account& account, const Duty& duty) {
    if (const auto* join = std::get_if<JoinDuty>(&duty)) return ledger::JoinRound{join->round, join->units};
    const Hash salt = ledger::testing::hash_of("salt");
    const ledger::ShardAnswer answer = ledger::testing::honest_answer("a text");
    if (const auto* score = std::get_if<ScoreDuty>(&duty)) {
        return ledger::AttestData{score->shard.hash, ledger::CommitAnswer{ledger::answer_commitment(
                                                         account, score->shard.hash, answer, salt)}};
    }
    if (const auto* open = std::get_if<OpenScoreDuty>(&duty))
        return ledger::AttestData{open->shard.hash, ledger::OpenAnswer{answer, salt}};
    return std::nullopt;
}

// Nobody tells anybody anything: what each reads off the state is enough to judge data, to train, audit,
// merge and mint.
TEST(Duties, FollowingThemAloneRunsRoundsToTheirEnd) {
    ledger::testing::ChainOptions rich;
    rich.bonded = Shares{1'000'000 * k_units_per_share};  // audited in part
    Harness chain(rich);
    chain.offer_and_show(8, ledger::testing::show_of("a text"));
    std::set<std::size_t> kinds;
    for (int i = 0; i < 300 && ledger::head(chain.state()).finished.value < 3; ++i) {
        for (std::size_t person = 0; person < k_persons; ++person) {
            const std::vector<Duty> duties =
                duties_of(chain.state(), account_of(person), {.trains = true, .units = 1});
            if (person >= k_validators) {
                EXPECT_TRUE(duties.empty()) << "who has no bonded shares owes nothing";
            }
            EXPECT_TRUE(std::is_sorted(duties.begin(), duties.end(), [](const Duty& a, const Duty& b) {
                return deadline_of(a) < deadline_of(b);
            }));
            std::set<DutyKey> keys;
            std::size_t owed = 0;
            for (const Duty& duty : duties) {
                EXPECT_TRUE(keys.insert(key_of(duty)).second) << describe(duty) << " stands twice";
                kinds.insert(duty.index());
                if (const auto payload = answer_to(account_of(person), duty)) {
                    chain.submit(person, *payload);
                } else {
                    ++owed;
                }
            }
            const auto moves = honest_moves(chain.state(), account_of(person));
            EXPECT_EQ(moves.size(), owed) << "a duty for each move that a round waits for";
            for (const ledger::Payload& move : moves)
                chain.submit(person, move);
        }
        for (const ledger::TransactionReceipt& receipt : chain.block().receipts)
            EXPECT_TRUE(receipt.ok) << receipt.error.message;
    }
    EXPECT_GE(ledger::head(chain.state()).finished.value, 3U);
    EXPECT_EQ(kinds.size(), std::variant_size_v<Duty> - 2) << "all but disputes and reported receipts";
    for (std::uint64_t number = 1; number <= 3; ++number) {
        const auto round = ledger::round(chain.state(), protocol::Round{number});
        ASSERT_TRUE(round.has_value());
        EXPECT_EQ(round->record.phase, ledger::RoundPhase::decided);
        EXPECT_EQ(round->record.accepted, k_validators);
    }
}

TEST(Duties, WhoDoesNotTrainStillAuditsAndScores) {
    Harness chain;
    for (int i = 0; i < 50; ++i) {
        for (const Duty& duty : duties_of(chain.state(), account_of(0), {.trains = false})) {
            EXPECT_FALSE(std::holds_alternative<JoinDuty>(duty) || std::holds_alternative<TrainDuty>(duty));
        }
        chain.work();
    }
}

TEST(Retention, KeepsWhatTheLiveRoundAndTheNewestCheckpointsNeed) {
    ledger::testing::ChainOptions options;
    options.parameters.receipt_age_blocks = 1;  // no receipt needs an older one
    Harness chain(options);
    chain.add_data(8, "a text");
    for (int i = 0; i < 400 && ledger::head(chain.state()).finished.value < 6; ++i)
        chain.work();
    const std::uint64_t live = ledger::head(chain.state()).live.value;
    ASSERT_GE(live, 7U);
    const std::set<Hash> used =
        blobs_in_use(chain.state(), chain.genesis().model, {.checkpoints = 2, .rounds = 1});
    EXPECT_TRUE(used.contains(chain.genesis().model.tokenizer_blob));
    EXPECT_TRUE(used.contains(chain.genesis().model.held_out_blob));
    EXPECT_TRUE(used.contains(ledger::head(chain.state()).checkpoint.blob));
    const auto update_kept = [&](std::uint64_t round) {
        return used.contains(honest_update(protocol::Round{round}, 0));
    };
    EXPECT_TRUE(update_kept(live - 1));
    EXPECT_FALSE(update_kept(live - 2));
    const auto old = ledger::round(chain.state(), protocol::Round{live - 4});
    ASSERT_TRUE(old && old->record.result);
    EXPECT_FALSE(used.contains(old->record.result->blob));
    const auto page = ledger::shards(chain.state(), std::nullopt, 10);
    ASSERT_FALSE(page.entries.empty());
    for (const auto& shard : page.entries)
        EXPECT_TRUE(used.contains(shard.hash));
}

}  // namespace
}  // namespace dure::node
