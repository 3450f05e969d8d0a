#include "node/api/owner_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/keys.h"
#include "ledger/records/tables.h"
#include "ledger/state/memory_state.h"

namespace dure::node {
namespace {

/// A state of accounts with free shares, that moves shares about.
class OwnerIndexTest : public testing::Test {
  protected:
    OwnerIndexTest() {
        ledger::Overlay state(memory_);
        ledger::ParameterStore::put(state, {});
        ledger::Head::put(state, {});
        commit(state);
    }

    static Account account(std::uint64_t number) {
        Account account;
        for (std::size_t i = 0; i < 8; ++i)
            account.key[i] = static_cast<std::uint8_t>(number * 0x9e3779b97f4a7c15U >> (8 * i));
        return account;
    }
    void give(const Account& to, std::uint64_t amount) {
        ledger::Overlay state(memory_);
        auto record = ledger::Accounts::find(state, to).value_or(ledger::AccountRecord{});
        record.free += Shares{amount};
        ledger::Accounts::put(state, to, record);
        commit(state);
        total_ += amount;
    }
    ledger::BlockOutcome move(const Account& from, const Account& to, std::uint64_t amount) {
        ledger::Overlay state(memory_);
        auto record = ledger::Accounts::get(state, from);
        record.free -= Shares{amount};
        ledger::Accounts::put(state, from, record);
        total_ -= amount;
        commit(state);
        give(to, amount);
        ledger::BlockOutcome outcome;
        ledger::TransactionReceipt receipt;
        receipt.ok = true;
        receipt.events = {ledger::SharesMoved{from, to, Shares{amount}}};
        outcome.receipts.push_back(std::move(receipt));
        return outcome;
    }
    void commit(ledger::Overlay& state) {
        ledger::PoolRecord pool;
        pool.total_shares = Shares{total_};
        ledger::Pool::put(state, pool);
        ledger::Treasury::put(state, {});
        memory_.apply(state.changes());
    }
    void put_total() {
        ledger::Overlay state(memory_);
        commit(state);
    }
    /// All pages of three, and that they are in order and sum to everything.
    void expect_whole(const OwnerIndex& index) {
        std::vector<OwnerIndex::Place> all;
        std::optional<OwnerIndex::Place> from;
        do {
            auto [places, next] = index.page(from, 3);
            all.insert(all.end(), places.begin(), places.end());
            from = next;
        } while (from);
        EXPECT_EQ(all.size(), index.size());
        EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
        std::uint64_t sum = 0;
        for (const OwnerIndex::Place& place : all) {
            EXPECT_EQ(ledger::Accounts::get(memory_, place.account).all_shares(), place.shares);
            sum += place.shares.value;
        }
        EXPECT_EQ(sum, total_);
    }

    ledger::MemoryState memory_;
    std::uint64_t total_ = 0;
};

TEST_F(OwnerIndexTest, FollowsWhatMovesAndStaysInOrder) {
    for (std::uint64_t i = 0; i < 40; ++i)
        give(account(i), 1'000 + i * 10);
    put_total();
    OwnerIndex index;
    index.build(memory_);
    expect_whole(index);
    EXPECT_EQ(index.page({}, 1).first.front().account, account(39));

    std::mt19937_64 random(7);
    for (int step = 0; step < 300; ++step) {
        const Account from = account(random() % 40);
        const Account to = account(random() % 60);
        const std::uint64_t held = ledger::Accounts::get(memory_, from).free.value;
        const std::uint64_t amount = step % 9 == 0 ? held : random() % (held + 1);
        const ledger::BlockOutcome outcome = move(from, to, amount);
        put_total();
        index.follow(outcome, memory_);
    }
    expect_whole(index);
}

TEST_F(OwnerIndexTest, IsBuiltAnewWhenItDoesNotSumToAllShares) {
    give(account(1), 500);
    put_total();
    OwnerIndex index;
    index.build(memory_);
    give(account(2), 700);  // by nothing that an event told of
    const ledger::BlockOutcome outcome = move(account(1), account(3), 100);
    put_total();
    index.follow(outcome, memory_);
    expect_whole(index);
    EXPECT_EQ(index.size(), 3U);
}

}  // namespace
}  // namespace dure::node
