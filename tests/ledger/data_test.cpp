// What becomes of offered data, rule by rule of docs/protocol/data.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "ledger/data/duplicates.h"
#include "ledger/data/judging.h"
#include "ledger/ownership/balances.h"
#include "tests/ledger/harness.h"

namespace dure::ledger::testing {
namespace {

using protocol::Round;

template <class E>
std::vector<E> events_of(const BlockOutcome& outcome) {
    std::vector<E> found;
    const auto look = [&](const Events& events) {
        for (const Event& event : events) {
            if (const auto* one = std::get_if<E>(&event)) found.push_back(*one);
        }
    };
    for (const TransactionReceipt& receipt : outcome.receipts)
        look(receipt.events);
    look(outcome.events);
    return found;
}

class Data : public ::testing::Test {
  protected:
    Data() { chain_.recount_every_block(true); }

    ShardView view(const std::string& name) const { return *shard(chain_.state(), hash_of(name)); }
    ShardStatus status(const std::string& name) const { return view(name).record.status; }
    const Parameters& parameters() const { return chain_.genesis().parameters; }

    OfferData offer_of(std::size_t owner, const std::string& name) const {
        return {offer_commitment(account_of(owner), hash_of("salt"), hash_of(name))};
    }
    /// Lets everybody answer honestly until all of these are judged.
    void judge(const std::vector<std::string>& names) {
        for (int i = 0; i < 80; ++i) {
            bool over = true;
            for (const std::string& name : names)
                over = over && status(name) != ShardStatus::judging;
            if (over) return;
            score(names);
        }
        FAIL() << "not judged in 80 blocks";
    }
    void score(const std::vector<std::string>& names) {
        chain_.score([&](const Hash& hash, const Account&) {
            for (const std::string& name : names) {
                if (hash_of(name) == hash) return honest_answer(name);
            }
            return ShardAnswer{};
        });
    }
    void run_to(const std::string& name, JudgingPhase phase) {
        for (int i = 0; i < 40 && view(name).judging->phase != phase; ++i)
            chain_.block();
        ASSERT_EQ(view(name).judging->phase, phase);
    }
    /// A sketch that shares so many entries with that of `name`.
    static Sketch like(const std::string& name, std::size_t equal) {
        Sketch sketch = sketch_of(name);
        const Sketch other = sketch_of("nothing like " + name);
        std::copy(other.bytes.begin() + static_cast<std::ptrdiff_t>(4 * equal), other.bytes.end(),
                  sketch.bytes.begin() + static_cast<std::ptrdiff_t>(4 * equal));
        return sketch;
    }

    Harness chain_;
};

TEST_F(Data, IsShownOnlyAfterItsOfferIsFinalAndBeforeItExpires) {
    ASSERT_TRUE(chain_.run(8, offer_of(8, "a text")).ok);
    const OfferView made = *offer(chain_.state(), account_of(8), offer_of(8, "a text").commitment);
    EXPECT_EQ(made.earliest.value, made.record.offered.value + parameters().show_delay_blocks);
    EXPECT_EQ(made.record.expires.value, made.record.offered.value + parameters().show_blocks);
    EXPECT_EQ(chain_.run(8, offer_of(8, "a text")).error.code, ErrorCode::duplicate);
    EXPECT_TRUE(chain_.run(8, show_of("a text")).ok);
    EXPECT_EQ(chain_.run(8, show_of("a text")).error.code, ErrorCode::not_found) << "an offer shows once";
    EXPECT_EQ(chain_.run(9, show_of("another")).error.code, ErrorCode::not_found);
}

TEST_F(Data, AnOfferInTheSameBlockIsTooEarlyToShow) {
    ChainOptions options;
    options.parameters.show_delay_blocks = 3;
    Harness chain(options);
    ASSERT_TRUE(chain.run(8, offer_of(8, "a text")).ok);
    EXPECT_EQ(chain.run(8, show_of("a text")).error.code, ErrorCode::conflict);
    EXPECT_EQ(chain.run(8, show_of("a text")).error.code, ErrorCode::conflict);
    EXPECT_TRUE(chain.run(8, show_of("a text")).ok);
}

TEST_F(Data, AnOfferThatIsNotShownInTimeForfeitsItsDeposit) {
    const Coin before = chain_.person(8).balance;
    ASSERT_TRUE(chain_.run(8, offer_of(8, "a text")).ok);
    for (std::uint64_t i = 0; i < parameters().show_blocks; ++i) {
        EXPECT_EQ(events_of<OfferExpired>(chain_.block()).size(),
                  i + 1 == parameters().show_blocks ? 1U : 0U);
    }
    EXPECT_FALSE(offer(chain_.state(), account_of(8), offer_of(8, "a text").commitment));
    EXPECT_EQ(owner_pool(chain_.state()).held, parameters().shard_deposit);
    EXPECT_EQ(chain_.person(8).balance.value, before.value - parameters().shard_deposit.value - 10'000);
    EXPECT_EQ(chain_.run(8, show_of("a text")).error.code, ErrorCode::not_found);
    EXPECT_EQ(supply(chain_.state()).in_deposits, Coin{});
}

TEST_F(Data, WhoRepeatsAnOfferKeepsItsAuthorFromNothingAndCannotShowIt) {
    const OfferData offered = offer_of(8, "a text");
    ASSERT_TRUE(chain_.run(9, offered).ok) << "seen in the mempool, and put before it";
    ASSERT_TRUE(chain_.run(8, offered).ok);
    chain_.blocks(2);
    EXPECT_EQ(chain_.run(9, show_of("a text")).error.code, ErrorCode::not_found);
    EXPECT_TRUE(chain_.run(8, show_of("a text")).ok);
    EXPECT_FALSE(offer(chain_.state(), account_of(8), offered.commitment));
    EXPECT_TRUE(offer(chain_.state(), account_of(9), offered.commitment)) << "it will expire";
    while (offer(chain_.state(), account_of(9), offered.commitment))
        chain_.block();
    EXPECT_EQ(owner_pool(chain_.state()).held, parameters().shard_deposit);
    judge({"a text"});
    EXPECT_EQ(view("a text").record.owner, account_of(8));
}

TEST_F(Data, WhoCopiesWhatIsShownComesTooLate) {
    chain_.offer(8, hash_of("a text"));
    // A front-runner sees the showing in the mempool, and gets an offer and a show in before it.
    chain_.submit(9, offer_of(9, "a text"));
    EXPECT_TRUE(chain_.run(8, show_of("a text")).ok);
    chain_.blocks(1);
    const Coin before = chain_.person(9).balance;
    EXPECT_TRUE(chain_.run(9, show_of("a text")).ok);
    EXPECT_EQ(view("a text").record.owner, account_of(8));
    EXPECT_EQ(chain_.person(9).balance.value, before.value - 10'000 + parameters().shard_deposit.value);
    judge({"a text"});
    EXPECT_EQ(view("a text").record.owner, account_of(8));
}

TEST_F(Data, WhoOfferedFirstWinsEvenIfHeShowsLater) {
    chain_.submit(8, offer_of(8, "a text"));
    chain_.block();
    chain_.submit(9, offer_of(9, "a text"));
    chain_.block();
    chain_.block();
    ASSERT_TRUE(chain_.run(9, show_of("a text")).ok);
    chain_.blocks(2);
    EXPECT_EQ(view("a text").judging->phase, JudgingPhase::queued) << "an earlier offer is open";
    const Coin before = chain_.person(9).balance;
    ASSERT_TRUE(chain_.run(8, show_of("a text")).ok);
    EXPECT_EQ(view("a text").record.owner, account_of(8));
    EXPECT_EQ(chain_.person(9).balance, before + parameters().shard_deposit);
    judge({"a text"});
    EXPECT_EQ(status("a text"), ShardStatus::accepted);
    EXPECT_EQ(view("a text").record.owner, account_of(8));
}

TEST_F(Data, NothingIsJudgedWhileAnEarlierOfferMayStillBeShown) {
    ASSERT_TRUE(chain_.run(9, offer_of(9, "never shown")).ok);
    chain_.offer_and_show(8, show_of("a text"));
    while (offer(chain_.state(), account_of(9), offer_of(9, "never shown").commitment)) {
        EXPECT_EQ(view("a text").judging->phase, JudgingPhase::queued);
        chain_.block();
    }
    judge({"a text"});
    EXPECT_EQ(status("a text"), ShardStatus::accepted);
}

TEST_F(Data, SybilsWithLightEditsOfOneTextAreRefused) {
    chain_.add_data(8, "a text");
    std::vector<std::string> copies;
    for (std::size_t i = 9; i < 12; ++i) {
        const std::string name = "edit " + std::to_string(i);
        ShowData edited = show_of(name);
        edited.sketch = like("a text", k_near_duplicate + i);
        const Coin before = chain_.person(i).balance;
        chain_.offer_and_show(i, edited);
        chain_.block();
        EXPECT_EQ(status(name), ShardStatus::duplicate);
        EXPECT_EQ(view(name).record.first, hash_of("a text"));
        EXPECT_EQ(chain_.person(i).balance.value, before.value - 20'000) << "only the fees are gone";
    }
    EXPECT_EQ(data_totals(chain_.state()).accepted, 1U);
    ShowData other = show_of("unlike");
    other.sketch = like("a text", k_near_duplicate - 1);
    chain_.offer_and_show(9, other);
    chain_.blocks(3);
    EXPECT_EQ(status("unlike"), ShardStatus::judging);
}

TEST(HoldOut, CountsAsOfferedFirst) {
    ChainOptions options;
    options.held_out_tokens = 5'000;
    Harness chain(options);
    chain.recount_every_block(true);
    const Coin before = chain.person(8).balance;
    ShowData itself = show_of("the hold-out");
    itself.sketch = sketch_of("something else");
    chain.offer_and_show(8, itself);
    EXPECT_FALSE(shard(chain.state(), hash_of("the hold-out"))) << "it is nobody's";
    EXPECT_EQ(chain.person(8).balance.value, before.value - 20'000) << "the deposit returned";
    ShowData copy = show_of("a copy");
    const Sketch held_out = sketch_of("the hold-out");
    std::copy_n(held_out.bytes.begin(), 4 * k_near_duplicate, copy.sketch.bytes.begin());
    chain.offer_and_show(8, copy);
    chain.block();
    const ShardRecord refused = shard(chain.state(), hash_of("a copy"))->record;
    EXPECT_EQ(refused.status, ShardStatus::duplicate);
    EXPECT_EQ(refused.first, hash_of("the hold-out"));
    chain.add_data(8, "a text");
}

TEST_F(Data, OfTwoNearDuplicatesTheOneOfferedFirstIsTaken) {
    ShowData edited = show_of("edit");
    edited.sketch = like("a text", 100);
    chain_.submit(8, offer_of(8, "a text"));
    chain_.block();
    chain_.submit(9, offer_of(9, "edit"));
    chain_.blocks(2);
    chain_.submit(9, edited);
    chain_.block();
    chain_.submit(8, show_of("a text"));
    chain_.block();
    chain_.blocks(2);
    EXPECT_EQ(status("edit"), ShardStatus::judging) << "the earlier one may still turn out to be nothing";
    judge({"a text", "edit"});
    EXPECT_EQ(status("a text"), ShardStatus::accepted);
    EXPECT_EQ(status("edit"), ShardStatus::duplicate);
}

TEST_F(Data, AFalseSketchForfeitsTheDepositAndBlocksNobody) {
    ShowData false_sketch = show_of("a fake");
    false_sketch.sketch = sketch_of("a text");
    chain_.offer_and_show(9, false_sketch);
    chain_.offer_and_show(8, show_of("a text"));
    judge({"a fake", "a text"});
    EXPECT_EQ(status("a fake"), ShardStatus::rejected);
    EXPECT_EQ(status("a text"), ShardStatus::accepted);
    EXPECT_EQ(owner_pool(chain_.state()).held, parameters().shard_deposit);
}

TEST_F(Data, UnusableDataForfeitsItsDepositToTheOwnersAndMayBeShownAnew) {
    chain_.offer_and_show(8, show_of("garbage"));
    while (status("garbage") == ShardStatus::judging)
        score({});
    EXPECT_EQ(status("garbage"), ShardStatus::rejected);
    EXPECT_EQ(owner_pool(chain_.state()).held, parameters().shard_deposit);
    EXPECT_EQ(chain_.person(0).pending.high, parameters().shard_deposit.value / 4);
    chain_.offer_and_show(9, show_of("garbage"));
    EXPECT_EQ(status("garbage"), ShardStatus::judging);
}

TEST_F(Data, ScorersCommitBeforeAnybodyOpens) {
    chain_.offer_and_show(8, show_of("a text"));
    run_to("a text", JudgingPhase::committing);
    const Hash hash = hash_of("a text");
    const auto committee = view("a text").judging->committee;
    ASSERT_EQ(committee.size(), parameters().data_committee);
    const ShardAnswer answer = honest_answer("a text");
    const Hash salt = hash_of("salt");
    const auto commit = [&](const Account& who) {
        return AttestData{hash, CommitAnswer{answer_commitment(who, hash, answer, salt)}};
    };
    const auto run_as = [&](const Account& who, const Payload& payload) {
        chain_.submit_as(who, payload);
        return chain_.block().receipts.back();
    };
    for (const Scorer& scorer : committee)
        EXPECT_NE(scorer.account, account_of(8));
    EXPECT_EQ(run_as(committee[0].account, AttestData{hash, OpenAnswer{answer, salt}}).error.code,
              ErrorCode::conflict);
    EXPECT_EQ(run_as(account_of(8), commit(account_of(8))).error.code, ErrorCode::unauthorized);
    // The second copies the first one's commitment: it binds the account, so nobody can open it.
    chain_.submit_as(committee[0].account, commit(committee[0].account));
    chain_.submit_as(committee[1].account, commit(committee[0].account));
    chain_.submit_as(committee[2].account, commit(committee[2].account));
    for (const TransactionReceipt& receipt : chain_.block().receipts)
        EXPECT_TRUE(receipt.ok) << receipt.error.message;
    ASSERT_EQ(view("a text").judging->phase, JudgingPhase::opening);
    EXPECT_EQ(run_as(committee[1].account, AttestData{hash, OpenAnswer{answer, salt}}).error.code,
              ErrorCode::invalid);
    EXPECT_TRUE(run_as(committee[0].account, AttestData{hash, OpenAnswer{answer, salt}}).ok);
    EXPECT_EQ(run_as(committee[0].account, AttestData{hash, OpenAnswer{answer, salt}}).error.code,
              ErrorCode::duplicate);
}

TEST_F(Data, WhoCommitsToNothingIsReplaced) {
    chain_.offer_and_show(8, show_of("a text"));
    run_to("a text", JudgingPhase::committing);
    const auto first = view("a text").judging->committee;
    const Hash hash = hash_of("a text");
    const ShardAnswer answer = honest_answer("a text");
    chain_.submit_as(first[0].account,
                     AttestData{hash, CommitAnswer{answer_commitment(first[0].account, hash, answer, hash)}});
    while (view("a text").judging->redraws == 0)
        chain_.block();
    run_to("a text", JudgingPhase::committing);
    const auto second = view("a text").judging->committee;
    ASSERT_EQ(second.size(), first.size());
    EXPECT_EQ(second[0].account, first[0].account);
    EXPECT_TRUE(second[0].commitment.has_value());
    const Hash seed = view("a text").judging->seed;
    while (status("a text") == ShardStatus::judging) {
        EXPECT_EQ(view("a text").judging->seed, seed) << "what is measured stays the same";
        chain_.block();
    }
    EXPECT_EQ(status("a text"), ShardStatus::lapsed);
    EXPECT_EQ(supply(chain_.state()).in_deposits, Coin{});
}

TEST_F(Data, DissentIsReplayedByALargerCommitteeWhichSlashesWhoWasWrong) {
    chain_.offer_and_show(8, show_of("a text"));
    run_to("a text", JudgingPhase::committing);
    const Account liar = view("a text").judging->committee[0].account;
    std::set<Account> replayers;
    for (int i = 0; i < 60 && status("a text") == ShardStatus::judging; ++i) {
        if (view("a text").judging->second) {
            const auto committee = view("a text").judging->committee;
            for (const Scorer& scorer : committee)
                replayers.insert(scorer.account);
        }
        chain_.score([&](const Hash&, const Account& who) {
            ShardAnswer answer = honest_answer("a text");
            if (who == liar) answer.score *= 10;
            return answer;
        });
    }
    EXPECT_EQ(replayers.size(), chain_.genesis().validators.size()) << "all there are";
    EXPECT_EQ(status("a text"), ShardStatus::accepted);
    EXPECT_EQ(view("a text").record.answer.score, 1'000U);
    for (std::size_t i = 0; i < 4; ++i) {
        const Shares bonded = chain_.person(i).bonded;
        const Shares whole = ChainOptions{}.bonded;
        if (account_of(i) == liar) {
            EXPECT_EQ(bonded.value, whole.value - whole.value * parameters().scorer_slash_bp / 10'000);
            EXPECT_FALSE(Credits::contains(chain_.state(), account_of(i)));
        } else {
            EXPECT_EQ(bonded, whole);
            EXPECT_EQ(Credits::get(chain_.state(), account_of(i)).scorings, 1U);
        }
    }
}

TEST_F(Data, WithoutAnyAgreementAnOfferLapsesAndNobodyIsSlashed) {
    chain_.offer_and_show(8, show_of("a text"));
    std::uint64_t different = 0;
    std::map<Account, std::uint64_t> said;
    for (int i = 0; i < 60 && status("a text") == ShardStatus::judging; ++i) {
        chain_.score([&](const Hash&, const Account& who) {
            ShardAnswer answer = honest_answer("a text");
            answer.score = said.try_emplace(who, different++).first->second;
            return answer;
        });
    }
    EXPECT_EQ(status("a text"), ShardStatus::lapsed);
    for (std::size_t i = 0; i < 4; ++i)
        EXPECT_EQ(chain_.person(i).bonded, ChainOptions{}.bonded);
    chain_.offer_and_show(9, show_of("a text"));
    EXPECT_EQ(view("a text").record.owner, account_of(9)) << "anybody may offer it again";
}

TEST(ScoreWindows, AreOthersWhereSomeCrossedAndElseTheHoldOutsWithACap) {
    ChainOptions options;
    options.parameters.first_usual_score = 400;
    options.parameters.scoring_blocks = 20;
    options.held_out_tokens = 5'000;
    Harness chain(options);
    const auto commitment = [](std::size_t owner, const char* name) {
        return OfferData{offer_commitment(account_of(owner), hash_of("salt"), hash_of(name))};
    };
    // The validator 0 has bonded shares; it offers before person 8 does, and shows after.
    ASSERT_TRUE(chain.run(0, commitment(0, "peer")).ok);
    ASSERT_TRUE(chain.run(8, commitment(8, "a text")).ok);
    chain.block();
    ASSERT_TRUE(chain.run(8, show_of("a text")).ok);
    ASSERT_TRUE(chain.run(0, show_of("peer")).ok);
    std::vector<ScoreWindow> windows_of_text;
    std::vector<ScoreWindow> windows_of_peer;
    const auto view = [&](const char* name) { return *shard(chain.state(), hash_of(name)); };
    for (int i = 0; i < 80 && view("a text").record.status == ShardStatus::judging; ++i) {
        for (const auto& [name, windows] :
             {std::pair{"a text", &windows_of_text}, std::pair{"peer", &windows_of_peer}}) {
            const ShardView now = view(name);
            if (now.judging && !now.judging->windows.empty()) *windows = now.judging->windows;
        }
        chain.score([&](const Hash& hash, const Account&) {
            return honest_answer(hash == hash_of("peer") ? "peer" : "a text");
        });
    }
    const std::uint32_t count = options.parameters.scoring_windows;
    ASSERT_EQ(windows_of_text.size(), count);
    ASSERT_EQ(windows_of_peer.size(), count);
    std::size_t from_peer = 0;
    for (const ScoreWindow& window : windows_of_text) {
        const std::uint64_t tokens = window.shard ? 10'000 : 5'000;
        if (window.shard) {
            EXPECT_EQ(*window.shard, hash_of("peer"));
            ++from_peer;
        }
        EXPECT_LE(window.first_token + 65, tokens);
    }
    EXPECT_EQ(from_peer, count);
    for (const ScoreWindow& window : windows_of_peer)
        EXPECT_FALSE(window.shard) << "the peer was shown after, and offered before: nothing crossed it";
    EXPECT_EQ(view("a text").record.paid_score, 1'000U);
    EXPECT_EQ(view("peer").record.paid_score, 300U) << "capped";
    EXPECT_EQ(view("peer").record.answer.score, 1'000U);
    EXPECT_TRUE(SamplingTable::get(chain.state(), view("peer").record.row).weight.number() == 300 * 40'000);
}

TEST_F(Data, IsScoredAnewWhenTheModelGrows) {
    const std::size_t shards = k_max_rejudging + 3;
    for (std::size_t i = 0; i < shards; ++i)
        chain_.add_data(8, "text " + std::to_string(i));
    ASSERT_EQ(view("text 0").record.generation.value, 0U);
    chain_.change_state([](Overlay& state) { begin_rescoring(state, protocol::Generation{1}); });
    std::uint32_t most = 0;
    for (int i = 0; i < 120; ++i) {
        chain_.score([&](const Hash& hash, const Account&) {
            for (std::size_t n = 0; n < shards; ++n) {
                const std::string name = "text " + std::to_string(n);
                if (hash == hash_of(name)) return honest_answer(name, 10'000, 500 + n);
            }
            return ShardAnswer{};
        });
        most = std::max(most, data_totals(chain_.state()).rejudging);
    }
    EXPECT_EQ(most, k_max_rejudging);
    EXPECT_EQ(data_totals(chain_.state()).rejudging, 0U);
    for (std::size_t n = 0; n < shards; ++n) {
        const ShardRecord record = view("text " + std::to_string(n)).record;
        EXPECT_EQ(record.generation.value, 1U);
        EXPECT_EQ(record.paid_score, 500 + n);
        EXPECT_TRUE(SamplingTable::get(chain_.state(), record.row).weight.number() == (500 + n) * 40'000);
    }
}

TEST_F(Data, WhatNobodyScoresAnewKeepsItsOldScore) {
    chain_.add_data(8, "a text");
    chain_.change_state([](Overlay& state) { begin_rescoring(state, protocol::Generation{1}); });
    chain_.blocks(80);
    EXPECT_EQ(data_totals(chain_.state()).rejudging, 0U);
    EXPECT_EQ(view("a text").record.generation.value, 1U);
    EXPECT_EQ(view("a text").record.paid_score, 1'000U);
}

TEST_F(Data, ItsOwnerWithdrawsItAtOnce) {
    chain_.add_data(8, "a text");
    chain_.add_data(9, "another");
    while (head(chain_.state()).finished.value < 1)
        chain_.work();
    EXPECT_FALSE(chain_.person(8).unvested.is_zero());
    EXPECT_EQ(chain_.run(10, WithdrawData{hash_of("a text")}).error.code, ErrorCode::unauthorized);
    ASSERT_TRUE(chain_.run(8, WithdrawData{hash_of("a text")}).ok);
    EXPECT_EQ(status("a text"), ShardStatus::withdrawn);
    EXPECT_TRUE(chain_.person(8).unvested.is_zero());
    EXPECT_TRUE(data_totals(chain_.state()).weight.number() == 1'000 * 40'000);
    EXPECT_EQ(chain_.run(8, WithdrawData{hash_of("a text")}).error.code, ErrorCode::conflict);
    // Neither it nor anything like it comes back.
    chain_.offer(9, hash_of("a text"));
    ASSERT_TRUE(chain_.run(9, show_of("a text")).ok);
    EXPECT_EQ(status("a text"), ShardStatus::withdrawn);
}

TEST_F(Data, MoreThanHalfOfAllBondedSharesWithdrawIt) {
    chain_.add_data(8, "a text");
    ASSERT_TRUE(chain_.run(0, WithdrawData{hash_of("a text")}).ok);
    EXPECT_EQ(chain_.run(0, WithdrawData{hash_of("a text")}).error.code, ErrorCode::duplicate);
    ASSERT_TRUE(chain_.run(1, WithdrawData{hash_of("a text")}).ok);
    EXPECT_EQ(status("a text"), ShardStatus::accepted) << "half is not more than half";
    ASSERT_TRUE(chain_.run(2, WithdrawData{hash_of("a text")}).ok);
    EXPECT_EQ(status("a text"), ShardStatus::withdrawn);
}

TEST_F(Data, ARoundUnderWayKeepsTheWindowsOfAWithdrawnShard) {
    chain_.add_data(8, "a text");
    while (current_round(chain_.state()).phase != RoundPhase::training)
        chain_.work();
    ASSERT_TRUE(chain_.run(8, WithdrawData{hash_of("a text")}).ok);
    const RoundRecord round = current_round(chain_.state());
    EXPECT_EQ(windows_of_unit(chain_.state(), round, 0).size(), chain_.genesis().model.windows_per_unit);
    while (head(chain_.state()).finished < round.number)
        chain_.work();
    EXPECT_EQ(ledger::round(chain_.state(), round.number)->record.phase, RoundPhase::decided);
    chain_.blocks(30);
    EXPECT_LE(current_round(chain_.state()).phase, RoundPhase::joining) << "there is nothing to train on";
}

}  // namespace
}  // namespace dure::ledger::testing
