#include "node/roles/transaction_queue.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace dure::node {
namespace {

const SecretKey k_key = SecretKey::from_seed("submitter");

ledger::Payload payload_of(std::uint64_t number) {
    return ledger::Transfer{Account{}, Coin{number}};
}

std::uint64_t number_of(const protocol::Transaction& transaction) {
    return std::get<ledger::Transfer>(*ledger::payload_of(transaction.body)).amount.value;
}

/// A chain that takes what its mempool holds in the order of nonces, forgets transactions now and then, and
/// is used by a second holder of the key.
class LittleChain {
  public:
    explicit LittleChain(std::uint32_t seed) : random_(seed), queue_(Hash{}, k_key, 5) {}

    void add(std::uint64_t number) { tickets_[queue_.add(payload_of(number), std::nullopt)] = number; }

    void block() {
        pump();
        ++height_;
        if (random_() % 6 == 0) pool_.clear();  // the mempool lost everything
        if (random_() % 7 == 0) ++nonce_;       // the other holder of the key was faster
        std::vector<Hash> included;
        for (int i = 0; i < 3; ++i) {
            const auto next = pool_.find(nonce_);
            if (next == pool_.end() || next->second.body.expires.value < height_) break;
            included.push_back(transaction_id(next->second));
            ++done_[number_of(next->second)];
            ++nonce_;
        }
        std::erase_if(pool_, [&](const auto& entry) {
            return entry.first < nonce_ || entry.second.body.expires.value <= height_;
        });
        for (const auto& [ticket, id] : queue_.under_way()) {
            if (std::find(included.begin(), included.end(), id) != included.end()) queue_.included(ticket);
        }
    }

    const std::map<std::uint64_t, int>& done() const { return done_; }
    std::size_t waiting() const { return queue_.size(); }

  private:
    void pump() {
        std::uint64_t next_nonce = nonce_;
        while (pool_.contains(next_nonce))
            ++next_nonce;
        const auto plan = queue_.plan({{height_}, nonce_, next_nonce, Coin{1}});
        for (const auto& item : plan.submit) {
            const std::uint64_t nonce = item.transaction.body.nonce;
            // A live transaction of ours under this nonce means that two were signed for it.
            if (const auto known = pool_.find(nonce); known != pool_.end()) {
                EXPECT_EQ(number_of(known->second), number_of(item.transaction))
                    << "two transactions share nonce " << nonce;
            }
            if (nonce < nonce_ || random_() % 10 == 0) break;
            pool_[nonce] = item.transaction;
            queue_.admitted(item.ticket);
        }
    }

    std::mt19937 random_;
    TransactionQueue queue_;
    std::uint64_t height_ = 0;
    std::uint64_t nonce_ = 0;
    std::map<std::uint64_t, protocol::Transaction> pool_;
    std::map<TransactionQueue::Ticket, std::uint64_t> tickets_;
    std::map<std::uint64_t, int> done_;
};

TEST(TransactionQueue, EverythingIsIncludedOnceWhateverTheMempoolForgets) {
    for (std::uint32_t seed = 0; seed < 30; ++seed) {
        LittleChain chain(seed);
        std::mt19937 random(seed);
        std::uint64_t added = 0;
        for (int step = 0; step < 60; ++step) {
            for (auto i = random() % 3; i > 0; --i)
                chain.add(added++);
            chain.block();
        }
        for (int step = 0; step < 400 && chain.waiting() > 0; ++step)
            chain.block();
        EXPECT_EQ(chain.waiting(), 0U) << "seed " << seed;
        EXPECT_EQ(chain.done().size(), added) << "seed " << seed;
        for (const auto& [number, times] : chain.done())
            EXPECT_EQ(times, 1) << "seed " << seed << ", transaction " << number;
    }
}

TEST(TransactionQueue, WhatCameTooLateIsDroppedUnsigned) {
    TransactionQueue queue(Hash{}, k_key, 5);
    const auto ticket = queue.add(payload_of(1), protocol::Height{10});
    const auto plan = queue.plan({{10}, 0, 0, Coin{1}});
    EXPECT_TRUE(plan.submit.empty());
    ASSERT_EQ(plan.dropped.size(), 1U);
    EXPECT_EQ(plan.dropped[0].ticket, ticket);
    EXPECT_EQ(plan.dropped[0].reason.code, ErrorCode::expired);
    EXPECT_EQ(queue.size(), 0U);
}

TEST(TransactionQueue, WhatExpiredIsSignedAnewUnderTheLowestFreeNonce) {
    TransactionQueue queue(Hash{}, k_key, 5);
    queue.add(payload_of(1), std::nullopt);
    const auto first = queue.plan({{10}, 3, 3, Coin{1}});
    ASSERT_EQ(first.submit.size(), 1U);
    EXPECT_EQ(first.submit[0].transaction.body.nonce, 3U);
    EXPECT_EQ(first.submit[0].transaction.body.expires, protocol::Height{15});
    queue.admitted(first.submit[0].ticket);
    EXPECT_TRUE(queue.plan({{14}, 3, 4, Coin{1}}).submit.empty());
    const auto second = queue.plan({{15}, 3, 3, Coin{1}});
    ASSERT_EQ(second.submit.size(), 1U);
    EXPECT_EQ(second.submit[0].transaction.body.nonce, 3U);
    EXPECT_EQ(second.submit[0].transaction.body.expires, protocol::Height{20});
    EXPECT_TRUE(check_signatures(second.submit[0].transaction));
}

}  // namespace
}  // namespace dure::node
