#include "node/blobs/blob_schedule.h"

#include <gtest/gtest.h>

#include <random>

namespace dure::node {
namespace {

Account peer_of(std::uint8_t number) {
    Account account;
    account.key[0] = number;
    return account;
}

Bytes blob_of(std::size_t size, std::uint32_t seed) {
    std::mt19937 random(seed);
    Bytes blob(size);
    for (auto& byte : blob)
        byte = static_cast<std::uint8_t>(random());
    return blob;
}

/// Peers in virtual time: each has the blob or not, lies or is silent.
class Network {
  public:
    enum class Habit { honest, without, liar, silent, truncator };

    Network(std::uint32_t seed, Bytes blob)
        : random_(seed), blob_(std::move(blob)), leaves_(blob_leaves(blob_)), name_(merkle_root(leaves_)) {}

    void add(std::uint8_t number, Habit habit) {
        habits_[peer_of(number)] = habit;
        perform(schedule_.peer_joined(peer_of(number), now_));
    }
    void drop(std::uint8_t number) {
        habits_.erase(peer_of(number));
        perform(schedule_.peer_left(peer_of(number), now_));
    }
    void want() { perform(schedule_.want(name_, k_max_blob_bytes, now_)); }

    /// Answers in random order until the fetch has an outcome, nothing is left to do, or `steps` answers were
    /// given.
    void run(std::size_t steps = 100'000) {
        while (steps-- > 0 && !outcome_) {
            if (asked_.empty()) {
                const auto deadline = schedule_.next_deadline();
                if (!deadline) return;
                now_ = std::max(now_, *deadline);
                perform(schedule_.tick(now_));
                continue;
            }
            const std::size_t pick = random_() % asked_.size();
            const BlobSchedule::Ask ask = asked_[pick];
            asked_.erase(asked_.begin() + static_cast<std::ptrdiff_t>(pick));
            answer(ask);
        }
    }

    const std::optional<Result<Bytes>>& outcome() const { return outcome_; }
    const std::set<Account>& accused() const { return accused_; }
    std::size_t honest_answers() const { return honest_answers_; }
    const Bytes& blob() const { return blob_; }
    const BlobSchedule& schedule() const { return schedule_; }
    void forget_outcome() { outcome_.reset(); }

  private:
    void answer(const BlobSchedule::Ask& ask) {
        const auto habit = habits_.find(ask.peer);
        if (habit == habits_.end() || habit->second == Habit::silent) return;
        if (habit->second == Habit::without) {
            perform(schedule_.chunk_missing(ask.peer, ask.blob, ask.index, now_));
            return;
        }
        const std::size_t offset = ask.index * k_blob_chunk_bytes;
        Bytes data =
            to_bytes(ByteView(blob_).subspan(offset, std::min(k_blob_chunk_bytes, blob_.size() - offset)));
        const MerkleProof proof = merkle_prove(leaves_, ask.index);
        if (habit->second == Habit::liar) data[random_() % data.size()] ^= 1;
        if (habit->second == Habit::truncator) data.pop_back();
        if (habit->second == Habit::honest) ++honest_answers_;
        perform(schedule_.chunk_arrived(ask.peer, ask.blob, data, proof, now_));
    }

    void perform(const BlobSchedule::Effects& effects) {
        for (const auto& ask : effects.asks) {
            EXPECT_TRUE(habits_.contains(ask.peer)) << "asked a peer that is not connected";
            asked_.push_back(ask);
        }
        for (const auto& accused : effects.accused)
            accused_.insert(accused.peer);
        for (const auto& completed : effects.completed)
            outcome_ = completed.bytes;
        for (const auto& gave_up : effects.gave_up)
            outcome_ = gave_up.reason;
    }

    std::mt19937 random_;
    Bytes blob_;
    std::vector<Hash> leaves_;
    Hash name_;
    BlobSchedule schedule_;
    BlobSchedule::Time now_ = 0;
    std::map<Account, Habit> habits_;
    std::vector<BlobSchedule::Ask> asked_;
    std::set<Account> accused_;
    std::optional<Result<Bytes>> outcome_;
    std::size_t honest_answers_ = 0;
};

using Habit = Network::Habit;

TEST(BlobSchedule, OneHonestPeerAmongLiarsAndSilentOnesIsEnough) {
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        std::mt19937 random(seed);
        Network network(seed, blob_of(1 + random() % (12 * k_blob_chunk_bytes), seed));
        const std::uint8_t honest = static_cast<std::uint8_t>(random() % 6);
        std::set<Account> liars;
        for (std::uint8_t number = 0; number < 6; ++number) {
            const Habit habit = number == honest ? Habit::honest : static_cast<Habit>(1 + random() % 4);
            if (habit == Habit::liar || habit == Habit::truncator) liars.insert(peer_of(number));
            network.add(number, habit);
        }
        network.want();
        network.run();
        ASSERT_TRUE(network.outcome()) << "seed " << seed;
        ASSERT_TRUE(*network.outcome()) << "seed " << seed << ": " << network.outcome()->error().message;
        EXPECT_EQ(**network.outcome(), network.blob());
        for (const Account& accused : network.accused())
            EXPECT_TRUE(liars.contains(accused)) << "an honest peer was accused";
        EXPECT_EQ(network.schedule().active(), 0U);
    }
}

TEST(BlobSchedule, GivesUpAtOnceWhenNobodyHasIt) {
    Network network(1, blob_of(100, 1));
    network.want();
    ASSERT_TRUE(network.outcome());
    EXPECT_EQ(network.outcome()->error().code, ErrorCode::unavailable);
    network.forget_outcome();
    network.add(1, Habit::without);
    network.add(2, Habit::without);
    network.want();
    network.run();
    ASSERT_TRUE(network.outcome());
    EXPECT_EQ(network.outcome()->error().code, ErrorCode::unavailable);
}

TEST(BlobSchedule, ANewAttemptGoesOnFromWhatArrived) {
    constexpr std::size_t k_chunks = 20;
    Network network(7, blob_of(k_chunks * k_blob_chunk_bytes, 7));
    network.add(1, Habit::honest);
    network.want();
    network.run(12);
    EXPECT_EQ(network.honest_answers(), 12U);
    network.drop(1);
    ASSERT_TRUE(network.outcome());
    EXPECT_FALSE(*network.outcome());
    network.forget_outcome();
    network.add(2, Habit::honest);
    network.want();
    network.run();
    ASSERT_TRUE(network.outcome() && *network.outcome());
    EXPECT_EQ(**network.outcome(), network.blob());
    EXPECT_LE(network.honest_answers(), k_chunks + 8U) << "only what was in flight is asked for again";
}

TEST(BlobSchedule, ABlobLargerThanAllowedIsRefusedAtTheFirstChunk) {
    BlobSchedule schedule;
    schedule.peer_joined(peer_of(1), 0);
    const Bytes blob = blob_of(5 * k_blob_chunk_bytes, 3);
    const auto leaves = blob_leaves(blob);
    const Hash name = merkle_root(leaves);
    auto effects = schedule.want(name, 2 * k_blob_chunk_bytes, 0);
    ASSERT_EQ(effects.asks.size(), 1U);
    effects = schedule.chunk_arrived(peer_of(1), name, ByteView(blob).first(k_blob_chunk_bytes),
                                     merkle_prove(leaves, 0), 0);
    ASSERT_EQ(effects.gave_up.size(), 1U);
    EXPECT_EQ(effects.gave_up[0].reason.code, ErrorCode::out_of_range);
    EXPECT_EQ(schedule.active(), 0U);
}

TEST(BlobSchedule, NeverMoreInFlightAtOnePeerThanAllowed) {
    BlobSchedule schedule({.max_in_flight_per_peer = 3});
    schedule.peer_joined(peer_of(1), 0);
    schedule.peer_joined(peer_of(2), 0);
    const Bytes blob = blob_of(40 * k_blob_chunk_bytes, 9);
    const auto leaves = blob_leaves(blob);
    const Hash name = merkle_root(leaves);
    auto effects = schedule.want(name, k_max_blob_bytes, 0);
    std::map<Account, std::size_t> in_flight;
    std::deque<BlobSchedule::Ask> asked(effects.asks.begin(), effects.asks.end());
    for (const auto& ask : effects.asks)
        ++in_flight[ask.peer];
    bool completed = false;
    while (!asked.empty()) {
        const auto ask = asked.front();
        asked.pop_front();
        --in_flight[ask.peer];
        effects = schedule.chunk_arrived(
            ask.peer, name, ByteView(blob).subspan(ask.index * k_blob_chunk_bytes, k_blob_chunk_bytes),
            merkle_prove(leaves, ask.index), 0);
        completed = completed || !effects.completed.empty();
        for (const auto& next : effects.asks) {
            EXPECT_LE(++in_flight[next.peer], 3U);
            asked.push_back(next);
        }
    }
    EXPECT_TRUE(completed);
}

}  // namespace
}  // namespace dure::node
