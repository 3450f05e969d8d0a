#include "node/chain/mempool.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace dure::node {
namespace {

using protocol::Transaction;

SecretKey sender_key(std::size_t number) {
    static std::map<std::size_t, SecretKey> keys;
    const auto found = keys.find(number);
    return found != keys.end()
               ? found->second
               : keys.emplace(number, SecretKey::from_seed("sender " + std::to_string(number))).first->second;
}

Transaction transaction_of(std::size_t sender, std::uint64_t nonce, std::uint64_t fee,
                           std::size_t payload = 10, std::uint64_t expires = 1'000) {
    Transaction transaction;
    transaction.body.sender = sender_key(sender).account();
    transaction.body.nonce = nonce;
    transaction.body.fee = Coin{fee};
    transaction.body.expires = {expires};
    transaction.body.payload = Bytes(payload, 0);
    return transaction;
}

std::uint64_t zero(const Account&) {
    return 0;
}

TEST(Mempool, GivesEachSendersInOrderAndTheBestFeeFirst) {
    Mempool pool({});
    ASSERT_TRUE(pool.add(transaction_of(0, 1, 900), 0));
    ASSERT_TRUE(pool.add(transaction_of(0, 0, 100), 0));
    ASSERT_TRUE(pool.add(transaction_of(1, 0, 500), 0));
    ASSERT_TRUE(pool.add(transaction_of(1, 2, 999), 0));
    std::vector<std::uint64_t> fees;
    for (const Transaction& chosen : pool.candidates(zero, 100, 1'000'000))
        fees.push_back(chosen.body.fee.value);
    EXPECT_EQ(fees, (std::vector<std::uint64_t>{500, 100, 900})) << "the one after a gap waits";
    EXPECT_EQ(pool.next_nonce(sender_key(0).account(), 0), 2U);
    EXPECT_EQ(pool.next_nonce(sender_key(1).account(), 0), 1U);
    EXPECT_EQ(pool.next_nonce(sender_key(2).account(), 7), 7U);
}

TEST(Mempool, AReplacementPaysClearlyMore) {
    Mempool pool({});
    ASSERT_TRUE(pool.add(transaction_of(0, 0, 1'000), 0));
    EXPECT_EQ(pool.add(transaction_of(0, 0, 1'000), 0).error().code, ErrorCode::duplicate);
    EXPECT_EQ(pool.add(transaction_of(0, 0, 1'099), 0).error().code, ErrorCode::conflict);
    EXPECT_TRUE(pool.add(transaction_of(0, 0, 1'100), 0));
    EXPECT_EQ(pool.size(), 1U);
}

TEST(Mempool, RefusesUsedAndFarNonces) {
    Mempool pool({.transactions = 10, .bytes = 10'000, .per_sender = 3});
    EXPECT_EQ(pool.add(transaction_of(0, 4, 10), 5).error().code, ErrorCode::conflict);
    EXPECT_EQ(pool.add(transaction_of(0, 8, 10), 5).error().code, ErrorCode::conflict);
    EXPECT_TRUE(pool.add(transaction_of(0, 7, 10), 5));
}

TEST(Mempool, FullItMakesRoomForABetterFeeOnly) {
    Mempool pool({.transactions = 3, .bytes = 1'000'000, .per_sender = 10});
    ASSERT_TRUE(pool.add(transaction_of(0, 0, 100), 0));
    ASSERT_TRUE(pool.add(transaction_of(0, 1, 900), 0));
    ASSERT_TRUE(pool.add(transaction_of(1, 0, 300), 0));
    EXPECT_EQ(pool.add(transaction_of(2, 0, 50), 0).error().code, ErrorCode::unavailable);
    EXPECT_TRUE(pool.add(transaction_of(2, 0, 200), 0));
    EXPECT_FALSE(pool.contains(protocol::transaction_id(transaction_of(0, 0, 100))));
    EXPECT_FALSE(pool.contains(protocol::transaction_id(transaction_of(0, 1, 900))))
        << "it cannot come without the one before it";
    EXPECT_EQ(pool.size(), 2U);
}

TEST(Mempool, ForgetsWhatIsSettledOrExpired) {
    Mempool pool({});
    for (std::uint64_t nonce = 0; nonce < 5; ++nonce)
        ASSERT_TRUE(pool.add(transaction_of(0, nonce, 10, 10, 100 + nonce), 0));
    pool.settle(sender_key(0).account(), 2);
    EXPECT_EQ(pool.size(), 3U);
    pool.expire({103});
    EXPECT_EQ(pool.size(), 2U);
    pool.expire({105});
    EXPECT_EQ(pool.size(), 0U);
    EXPECT_EQ(pool.bytes(), 0U);
}

RC_GTEST_PROP(Mempool, StaysWithinItsBoundsAndGivesOnlyWhatMayFollow, ()) {
    const MempoolLimits limits{.transactions = 20, .bytes = 6'000, .per_sender = 6};
    Mempool pool(limits);
    std::map<std::size_t, std::uint64_t> nonces;
    const auto steps = *rc::gen::inRange(1, 200);
    for (int step = 0; step < steps; ++step) {
        const std::size_t sender = *rc::gen::inRange<std::size_t>(0, 6);
        switch (*rc::gen::inRange(0, 8)) {
            case 0: {
                const std::uint64_t next = nonces[sender] += *rc::gen::inRange<std::uint64_t>(0, 3);
                pool.settle(sender_key(sender).account(), next);
                break;
            }
            case 1:
                pool.expire({*rc::gen::inRange<std::uint64_t>(0, 50)});
                break;
            default: {
                const auto transaction = transaction_of(
                    sender, nonces[sender] + *rc::gen::inRange<std::uint64_t>(0, 7),
                    *rc::gen::inRange<std::uint64_t>(0, 1'000), *rc::gen::inRange<std::size_t>(0, 600),
                    *rc::gen::inRange<std::uint64_t>(0, 1'000));
                const bool added = pool.add(transaction, nonces[sender]).has_value();
                RC_ASSERT(added == false || pool.contains(protocol::transaction_id(transaction)));
            }
        }
        RC_ASSERT(pool.size() <= limits.transactions);
        RC_ASSERT(pool.bytes() <= limits.bytes);
        const auto nonce_of = [&](const Account& account) {
            for (const auto& [number, nonce] : nonces) {
                if (sender_key(number).account() == account) return nonce;
            }
            return std::uint64_t{0};
        };
        const std::size_t max_bytes = *rc::gen::inRange<std::size_t>(0, 3'000);
        std::map<Account, std::uint64_t> next;
        std::size_t bytes = 0;
        for (const Transaction& chosen : pool.candidates(nonce_of, 10, max_bytes)) {
            const auto expected = next.emplace(chosen.body.sender, nonce_of(chosen.body.sender)).first;
            RC_ASSERT(chosen.body.nonce == expected->second);
            ++expected->second;
            bytes += encode(chosen).size();
        }
        RC_ASSERT(bytes <= max_bytes);
    }
}

}  // namespace
}  // namespace dure::node
